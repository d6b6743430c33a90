package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/mallette-kit/mallette/provisioning/flash"
)

// redraw is how often a terminal is drawn; elsewhere a line comes at every
// tenth of a phase.
const redraw = 200 * time.Millisecond

// bars are one line a disk.
type bars struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	lines    []*bar
	drawn    time.Time // zero: nothing is on the screen yet
}

// bar is one disk.
type bar struct {
	name  string
	phase flash.Phase
	bar   *progressbar.ProgressBar
	done  int64
	total int64
	tenth int64 // last one that was said
}

func newBars(out io.Writer, disks []flash.Disk) *bars {
	b := &bars{out: out, terminal: isTerminal(out)}
	for _, d := range disks {
		b.lines = append(b.lines, &bar{name: d.Name, tenth: -1})
	}
	return b
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// tell returns where a disk says how far it is.
func (b *bars) tell(n int) func(flash.Progress) {
	return func(p flash.Progress) {
		b.mu.Lock()
		defer b.mu.Unlock()
		l := b.lines[n]
		l.move(p)
		if b.terminal {
			b.draw(time.Now())
			return
		}
		if tenth := l.done * 10 / max(l.total, 1); tenth != l.tenth {
			l.tenth = tenth
			fmt.Fprintln(b.out, l.text())
		}
	}
}

func (l *bar) move(p flash.Progress) {
	if p.Phase != l.phase {
		l.phase, l.tenth = p.Phase, -1
		l.bar = progressbar.NewOptions64(max(p.Total, 1), progressbar.OptionSetWriter(io.Discard))
	}
	l.done, l.total = p.Done, p.Total
	_ = l.bar.Set64(min(p.Done, p.Total)) // it measures; what it would print goes nowhere
}

// draw paints all lines over those of the last time.
func (b *bars) draw(now time.Time) {
	if now.Sub(b.drawn) < redraw {
		return
	}
	if !b.drawn.IsZero() {
		fmt.Fprintf(b.out, "\x1b[%dA", len(b.lines))
	}
	b.drawn = now
	for _, l := range b.lines {
		fmt.Fprintf(b.out, "\r\x1b[K%s\n", l.text())
	}
}

func (b *bars) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.terminal {
		b.draw(b.drawn.Add(redraw))
	}
}

// text is "sdb  écriture   [#####     ]  50 %  23,1 Mo/s  reste 1 min 20 s".
func (l *bar) text() string {
	if l.bar == nil {
		return l.name + "  attend"
	}
	part := int(l.done * 100 / max(l.total, 1))
	line := fmt.Sprintf("%-8s %-12s [%-20s] %3d %%", l.name, doing(l.phase), strings.Repeat("#", part/5), part)
	s := l.bar.State()
	if s.KBsPerSecond > 0 && part < 100 {
		left := time.Duration(s.SecondsLeft * float64(time.Second)).Round(time.Second)
		line += strings.Replace(fmt.Sprintf("  %.1f Mo/s  reste %s", s.KBsPerSecond/1000, duration(left)), ".", ",", 1)
	}
	return line
}

func duration(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
}

func doing(p flash.Phase) string {
	switch p {
	case flash.PhaseErase:
		return "effacement"
	case flash.PhaseWrite:
		return "écriture"
	case flash.PhaseCheck:
		return "relecture"
	}
	return "finition"
}
