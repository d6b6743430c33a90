// Package evdev reads hand scanners: the supermarket kind that types what it
// reads like a keyboard.
//
// A scanner is grabbed, so that no keystroke of it reaches the browser, and
// read with the US key map it was made for, whatever the layout of the
// station: on a French layout the same keystrokes would garble every digit.
// A device is a scanner because a table of makers and models says so
// ([Known], [Scanners.Also]) and never because of how it types: telling by
// the typing would mean to listen to people's keyboards. An ordinary keyboard
// is never opened.
//
// Only 64-bit kernels are supported.
package evdev

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/mallette-kit/mallette/hardware/reader"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

// rescan finds what inotify may have missed; a scanner is plugged in by hand.
const rescan = 10 * time.Second

// settle is how long a device that has just gone is given to come back.
const settle = 300 * time.Millisecond

// Scanners is a [reader.Source] of every hand scanner plugged in. The zero
// value reads the machine's own.
type Scanners struct {
	Input string                              // directory of event nodes; "": /dev/input
	Class string                              // the kernel's description of them; "": /sys/class/input
	Also  []Model                             // scanners to know besides [Known]
	Open  func(path string) (*os.File, error) // nil: os.OpenFile, without blocking
	Claim func(device *os.File) error         // nil: grab it and ask for monotonic time
	Log   *slog.Logger                        // nil: nothing is logged

	Opened reader.Opened // told of each scanner in use
}

// Name returns "scanner".
func (s Scanners) Name() string { return "scanner" }

// Run implements [reader.Source].
func (s Scanners) Run(ctx context.Context, emit func(reader.Capture)) error {
	desk := &desk{Scanners: s.withDefaults(), open: make(map[string]bool)}
	var one sync.Mutex
	desk.emit = func(text string) {
		one.Lock()
		defer one.Unlock()
		if ctx.Err() == nil {
			emit(reader.Capture{Text: text, At: time.Now()})
		}
	}
	defer desk.reading.Wait()
	watch.Dir(ctx, desk.Input, watch.Nodes, rescan, func() { desk.visit(ctx) })
	return nil
}

func (s Scanners) withDefaults() Scanners {
	if s.Input == "" {
		s.Input = "/dev/input"
	}
	if s.Class == "" {
		s.Class = "/sys/class/input"
	}
	if s.Open == nil {
		s.Open = Open
	}
	if s.Claim == nil {
		s.Claim = claim
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return s
}

// Open opens an event node so that reading it can be interrupted.
func Open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
}

// desk is the scanners in use.
type desk struct {
	Scanners
	emit    func(text string)
	reading sync.WaitGroup
	mu      sync.Mutex
	open    map[string]bool
}

// visit starts to read every scanner that is not being read.
func (d *desk) visit(ctx context.Context) {
	nodes, _ := filepath.Glob(filepath.Join(d.Input, "event*"))
	for _, node := range nodes {
		if m, ok := identify(d.Class, filepath.Base(node)); ok && d.knows(m) && d.take(node) {
			d.reading.Go(func() { d.use(ctx, node, m) })
		}
	}
}

// use reads until the scanner is gone, then looks whether another came under
// the same name meanwhile.
func (d *desk) use(ctx context.Context, node string, m Model) {
	read := d.read(ctx, node, m)
	d.release(node)
	if !read {
		return // for the next rescan
	}
	select {
	case <-ctx.Done():
	case <-time.After(settle):
		d.visit(ctx)
	}
}

func (d *desk) knows(m Model) bool {
	return m.in(Known()) || m.in(d.Also)
}

func (d *desk) take(node string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open[node] {
		return false
	}
	d.open[node] = true
	return true
}

func (d *desk) release(node string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, node)
}

// read reads one scanner until it is unplugged or ctx is done; it is false
// when there was nothing to read.
func (d *desk) read(ctx context.Context, node string, m Model) bool {
	device, err := d.Open(node)
	if err != nil {
		d.Log.WarnContext(ctx, "scanner not opened", "node", filepath.Base(node), "model", m.ID(), "err", err)
		return false
	}
	defer reader.CloseWith(ctx, device)()
	if err := d.Claim(device); err != nil {
		d.Log.WarnContext(ctx, "scanner not grabbed", "node", filepath.Base(node), "model", m.ID(), "err", err)
		return false
	}
	defer d.Opened.Tell("scanner " + m.ID())()
	d.Log.InfoContext(ctx, "scanner plugged in", "node", filepath.Base(node), "model", m.ID())
	err = follow(device, d.emit)
	if ctx.Err() == nil {
		d.Log.InfoContext(ctx, "scanner unplugged", "model", m.ID(), "err", err)
	}
	return true
}

// follow feeds the events of a device to a typist until reading fails.
func follow(device *os.File, emit func(text string)) error {
	buf := make([]byte, 64*eventSize)
	var typed typist
	for kept := 0; ; {
		n, err := device.Read(buf[kept:])
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		events := buf[:kept+n]
		for ; len(events) >= eventSize; events = events[eventSize:] {
			if text := typed.press(parse(events)); text != "" {
				emit(text)
			}
		}
		kept = copy(buf, events)
	}
}
