package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// ErrLeft says that something of a session outlived it.
var ErrLeft = errors.New("session left something behind")

// errEnded is the cause of a session that was ended from outside.
var errEnded = errors.New("session ended")

// goneWithin is how long a kernel may take to end a killed session.
const goneWithin = 20 * time.Second

// End kills the session, waits until it is gone, and looks that nothing of it
// is left: no process, no mount, no folder. It may be called again, and after
// the session ended by itself; it then says the same.
func (s *Session) End() error {
	s.ending.Do(func() { s.left = s.end() })
	return s.left
}

func (s *Session) end() error {
	s.fail(errEnded)
	_ = s.process.Kill() // gone already: nothing to kill
	for _, ln := range s.listeners {
		ln.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), goneWithin)
	defer cancel()
	select {
	case <-s.gone:
	case <-ctx.Done():
		return fmt.Errorf("%w: its first process", ErrLeft)
	}
	return errors.Join(s.group.close(ctx), s.sweep())
}

// abandon takes back what a start that failed had already made.
func (s *Session) abandon() error {
	if s.process != nil {
		return s.End()
	}
	ctx, cancel := context.WithTimeout(context.Background(), goneWithin)
	defer cancel()
	return errors.Join(s.group.close(ctx), s.sweep())
}

// sweep closes what this program holds of the session and removes its empty
// folder: one that is not empty, or still mounted, is a finding.
func (s *Session) sweep() error {
	if s.talk != nil {
		s.talk.Close()
	}
	if s.dir == "" {
		return nil
	}
	if mounted, err := mountedBelow(s.dir); err != nil || mounted != "" {
		return errors.Join(err, fmt.Errorf("%w: mount", ErrLeft))
	}
	if err := os.Remove(s.dir); err != nil {
		return fmt.Errorf("%w: folder: %w", ErrLeft, err)
	}
	return nil
}

// mountedBelow returns a mount of this program's namespace at or below dir.
func mountedBelow(dir string) (string, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) > 4 && (words[4] == dir || strings.HasPrefix(words[4], dir+"/")) {
			return words[4], nil
		}
	}
	return "", lines.Err()
}
