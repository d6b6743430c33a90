package boot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
)

// ErrOff says that the machine's power went off while something was expected of it.
var ErrOff = errors.New("the machine is off")

// Console is what the machine says on its serial line. Its methods are safe for
// concurrent use.
type Console struct {
	mu      sync.Mutex
	said    []byte
	seen    int           // Await looks from here on
	changed chan struct{} // closed when more was said
	ended   bool
}

func newConsole() *Console { return &Console{changed: make(chan struct{})} }

// escapes are what a terminal would act on instead of showing it.
var escapes = regexp.MustCompile(`\x1b\[[0-9;?=]*[A-Za-z]|\r|\x00`)

// Text returns everything that was said, as a terminal would show it.
func (c *Console) Text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return clean(c.said)
}

func clean(raw []byte) string { return escapes.ReplaceAllString(string(raw), "") }

// Await waits until something that matches the pattern has been said after the
// last match, and returns it with its groups.
func (c *Console) Await(ctx context.Context, pattern string) ([]string, error) {
	want, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	for {
		match, changed, ended := c.next(want)
		if match != nil {
			return match, nil
		}
		if ended {
			return nil, c.complaint(pattern, ErrOff)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, c.complaint(pattern, ctx.Err())
		}
	}
}

// next looks once, and moves on behind what it found.
func (c *Console) next(want *regexp.Regexp) (match []string, changed <-chan struct{}, ended bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := clean(c.said)
	text = text[min(c.seen, len(text)):]
	at := want.FindStringIndex(text)
	if at == nil {
		return nil, c.changed, c.ended
	}
	c.seen += at[1]
	return want.FindStringSubmatch(text), c.changed, c.ended
}

func (c *Console) complaint(pattern string, err error) error {
	lines := strings.Split(strings.TrimSpace(c.Text()), "\n")
	last := lines[max(0, len(lines)-12):]
	return fmt.Errorf("console never said %q: %w; last lines:\n\t%s", pattern, err, strings.Join(last, "\n\t"))
}

// listen takes in what the machine says until its end.
func (c *Console) listen(from io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		c.add(buffer[:n], err != nil)
		if err != nil {
			return
		}
	}
}

func (c *Console) add(said []byte, ended bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = append(c.said, said...)
	c.ended = c.ended || ended
	close(c.changed)
	c.changed = make(chan struct{})
}
