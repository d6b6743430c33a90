package main

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

const (
	inputFolder = "/dev/input"
	inputPoll   = 5 * time.Second  // where the kernel does not say that a keyboard was plugged in
	touchPause  = 10 * time.Second // how often somebody's presence is told
)

// Kinds and codes of linux/input-event-codes.h.
const (
	kindKey      = 1
	kindRelative = 2
	kindAbsolute = 3
	kindSwitch   = 5
	keyPower     = 116
	keySleep     = 142
	keySuspend   = 205
	switchLid    = 0
	inputSize    = 24
)

// watch reads the machine's keys, pointers and switches until ctx is done. All
// it makes of them is that somebody is there, that the power button was
// pressed, and whether the lid is shut: which other key it was is not looked
// at. Off a station it waits.
func (m *machine) watch(ctx context.Context, tell func(event)) error {
	if !m.owned {
		<-ctx.Done()
		return ctx.Err()
	}
	w := &watcher{folder: inputFolder, tell: tell, open: map[string]bool{}}
	return w.run(ctx)
}

// watcher reads every input device of a folder, also those that come later.
type watcher struct {
	folder string
	tell   func(event)

	mu      sync.Mutex
	open    map[string]bool
	touched time.Time
	readers sync.WaitGroup
}

func (w *watcher) run(ctx context.Context) error {
	defer w.readers.Wait()
	watch.Dir(ctx, w.folder, watch.Nodes, inputPoll, func() { w.look(ctx) })
	return ctx.Err()
}

// look opens what it has not opened yet.
func (w *watcher) look(ctx context.Context) {
	for _, path := range glob(w.folder + "/event*") {
		if !w.claim(path) {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			w.release(path)
			continue
		}
		w.readers.Go(func() {
			stop := context.AfterFunc(ctx, func() { f.Close() })
			w.read(f)
			stop()
			f.Close()
			w.release(path)
		})
	}
}

func (w *watcher) claim(path string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open[path] {
		return false
	}
	w.open[path] = true
	return true
}

func (w *watcher) release(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, path)
}

// read ends with the device.
func (w *watcher) read(r io.Reader) {
	var raw [inputSize]byte
	for {
		if _, err := io.ReadFull(r, raw[:]); err != nil {
			return
		}
		w.on(binary.NativeEndian.Uint16(raw[16:]), binary.NativeEndian.Uint16(raw[18:]), int32(binary.NativeEndian.Uint32(raw[20:])))
	}
}

func (w *watcher) on(kind, code uint16, value int32) {
	switch {
	case kind == kindSwitch && code == switchLid:
		shut := value != 0
		w.tell(event{lid: &shut})
	case kind == kindKey && code == keyPower && value == 1:
		w.tell(event{pressed: true})
	case kind == kindKey && (code == keySleep || code == keySuspend):
		return // a station does not sleep
	case kind == kindKey || kind == kindRelative || kind == kindAbsolute:
		w.touch(time.Now())
	}
}

func (w *watcher) touch(now time.Time) {
	w.mu.Lock()
	due := now.Sub(w.touched) >= touchPause
	if due {
		w.touched = now
	}
	w.mu.Unlock()
	if due {
		w.tell(event{touched: true})
	}
}
