package voice

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

const (
	program  = "espeak-ng"
	nobody   = 65534
	pace     = "145" // words a minute, slower than the usual 175: people follow with a finger
	maxSound = 8 << 20
)

// spoken are the languages of pages and lessons, by the voice that speaks them.
var spoken = map[string]string{"fr": "fr", "en": "en-gb", "ar": "ar"}

// Espeak speaks with espeak-ng, one process a sentence: it starts in 10 ms, and
// a text that breaks it breaks nothing else. Where it may, the process is
// nobody, and has no network.
type Espeak struct {
	// Root is the folder of the system that espeak-ng is in, read-only and
	// verified; "" is this one.
	Root string
}

// Found reports whether there is an espeak-ng to speak with.
func (e Espeak) Found() bool {
	_, err := exec.LookPath(e.path())
	return err == nil
}

func (e Espeak) path() string {
	if e.Root == "" {
		return program
	}
	return e.Root + "/usr/bin/" + program
}

// Speak implements [Voice].
func (e Espeak) Speak(ctx context.Context, lang, text string) (Sound, error) {
	name, ok := spoken[primary(lang)]
	if !ok {
		return Sound{}, ErrLanguage
	}
	if err := check(text); err != nil {
		return Sound{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, speaking)
	defer cancel()
	raw, err := e.run(ctx, text, "-v", name, "-s", pace, "-b", "1", "--stdin", "--stdout")
	if err != nil {
		return Sound{}, err
	}
	wav, length, err := whole(raw)
	if err != nil {
		return Sound{}, err
	}
	phonemes, err := e.run(ctx, text, "-v", name, "-b", "1", "-q", "-x", "--sep=_", "--stdin")
	if err != nil {
		return Sound{}, err
	}
	return Sound{WAV: wav, Words: timed(text, string(phonemes), length)}, nil
}

func (e Espeak) run(ctx context.Context, text string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, e.path(), args...)
	cmd.Stdin = strings.NewReader(text)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/nonexistent"}
	cmd.WaitDelay = speaking
	out := &bounded{limit: maxSound}
	cmd.Stdout = out
	e.confine(cmd)
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrSilent, program, err)
	}
	return out.Bytes(), nil
}

// confine takes from the process what it does not need; only root can.
func (e Espeak) confine(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		return
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC
	if e.Root != "" {
		cmd.SysProcAttr.Chroot, cmd.Path, cmd.Dir = e.Root, "/usr/bin/"+program, "/"
	}
}

func primary(lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	return strings.ToLower(base)
}

// bounded is a buffer that a runaway voice cannot fill.
type bounded struct {
	bytes.Buffer
	limit int
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.limit {
		return 0, ErrText
	}
	return b.Buffer.Write(p)
}
