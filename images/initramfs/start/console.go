package start

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Console is the screen before there is a browser: text, large because the
// kernel was asked for its largest font.
type Console struct{ out io.Writer }

// NewConsole speaks on out.
func NewConsole(out io.Writer) *Console { return &Console{out} }

// openConsole returns the screen, or nothing where there is none.
func openConsole() io.Writer {
	f, err := os.OpenFile("/dev/tty0", os.O_WRONLY, 0)
	if err != nil {
		return io.Discard
	}
	return f
}

// What a terminal understands: white on blue, cleared, cursor away and home.
const (
	opening = "\x1b[0;1;97;44m\x1b[2J\x1b[?25l\x1b[3;1H"
	margin  = "    "
	width   = 56 // letters of the largest font, beside the margin, on a screen of 1024 points
)

// Tell shows what is wrong, what it means and what happens next, alone on the
// screen.
func (c *Console) Tell(p slot.Problem) {
	w := Words(p)
	var b strings.Builder
	b.WriteString(opening)
	for _, paragraph := range []string{w.Title, w.Meaning, w.Next} {
		for _, line := range Wrap(paragraph, width) {
			b.WriteString(margin + line + "\r\n")
		}
		b.WriteString("\r\n")
	}
	fmt.Fprintf(&b, "%s(%s)\r\n", margin, p)
	_, _ = io.WriteString(c.out, b.String())
}

// Wrap breaks a text into lines of at most that many letters.
func Wrap(text string, width int) (lines []string) {
	line, n := "", 0
	for _, word := range strings.Fields(text) {
		letters := len([]rune(word))
		switch {
		case n == 0:
			line, n = word, letters
		case n+1+letters <= width:
			line, n = line+" "+word, n+1+letters
		default:
			lines = append(lines, line)
			line, n = word, letters
		}
	}
	if n > 0 {
		lines = append(lines, line)
	}
	return lines
}

// kernelLog returns a handler that writes to the kernel's log, which is also
// what a serial line shows.
func kernelLog() slog.Handler {
	f, err := os.OpenFile("/dev/kmsg", os.O_WRONLY, 0)
	if err != nil {
		return slog.NewTextHandler(os.Stderr, nil)
	}
	return &kmsg{out: f}
}

// kmsg writes each record with the kernel's own levels. The kernel adds time.
type kmsg struct {
	out   io.Writer
	mu    sync.Mutex
	attrs []slog.Attr
}

// Enabled implements [slog.Handler].
func (*kmsg) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// Handle implements [slog.Handler].
func (k *kmsg) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	fmt.Fprintf(&b, "<%d>mallette: %s", priority(r.Level), r.Message)
	write := func(a slog.Attr) bool { fmt.Fprintf(&b, " %s=%v", a.Key, a.Value); return true }
	for _, a := range k.attrs {
		write(a)
	}
	r.Attrs(write)
	k.mu.Lock()
	defer k.mu.Unlock()
	_, err := io.WriteString(k.out, strings.ReplaceAll(b.String(), "\n", "; ")+"\n")
	return err
}

func priority(l slog.Level) int {
	switch {
	case l >= slog.LevelError:
		return 3
	case l >= slog.LevelWarn:
		return 4
	}
	return 6
}

// WithAttrs implements [slog.Handler].
func (k *kmsg) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &kmsg{out: k.out, attrs: append(append([]slog.Attr(nil), k.attrs...), attrs...)}
}

// WithGroup implements [slog.Handler]; nothing here groups.
func (k *kmsg) WithGroup(string) slog.Handler { return k }
