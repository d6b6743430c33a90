package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

// Scanner is a [reader.Source] that reads each line written to a named pipe
// as a code.
type Scanner struct {
	Path   string        // see [Pipe]
	Opened reader.Opened // told while the pipe is open
}

// Pipe makes the named pipe of a simulated scanner unless there is already
// something by that name.
func Pipe(path string) error {
	err := unix.Mkfifo(path, 0o660)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the simulated scanner's pipe: %w", err)
	}
	return nil
}

// Name returns "scanner".
func (s Scanner) Name() string { return "scanner" }

// Run implements [reader.Source].
func (s Scanner) Run(ctx context.Context, emit func(reader.Capture)) error {
	send := func(text string) { emit(reader.Capture{Text: text, At: time.Now()}) }
	watch.Dir(ctx, filepath.Dir(s.Path), watch.Nodes, rescan, func() {
		about, err := os.Stat(s.Path)
		if err == nil && about.Mode()&fs.ModeNamedPipe != 0 {
			s.drain(ctx, about, send)
		}
	})
	return nil
}

// drain reads a pipe until it is removed or ctx is done.
func (s Scanner) drain(ctx context.Context, about fs.FileInfo, send func(string)) {
	// Open for writing too: a pipe without a writer would end.
	pipe, err := os.OpenFile(s.Path, os.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer reader.CloseWith(ctx, pipe)()
	defer s.Opened.Tell("scanner sim")()
	var typed lines
	buf := make([]byte, 4096)
	for {
		if err := pipe.SetReadDeadline(time.Now().Add(rescan)); err != nil {
			return
		}
		n, err := pipe.Read(buf)
		typed.add(buf[:n], send)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if now, err := os.Stat(s.Path); err != nil || !os.SameFile(now, about) {
			return
		}
	}
}

// lines cuts bytes into codes.
type lines struct {
	text []byte
	long bool
}

func (l *lines) add(b []byte, send func(string)) {
	for _, c := range b {
		switch {
		case c == '\n':
			if code := string(bytes.TrimSpace(l.text)); !l.long && reader.Printable(code) {
				send(code)
			}
			l.text, l.long = l.text[:0], false
		case len(l.text) > reader.MaxText:
			l.long = true
		default:
			l.text = append(l.text, c)
		}
	}
}
