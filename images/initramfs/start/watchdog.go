package start

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// patience is what a watchdog is asked to have, in seconds. gokrazy's init takes
// over long before.
const patience = 60

// Watchdog restarts the machine when the programs before the root hang. Nothing
// ever disarms it.
type Watchdog struct {
	Device string // /dev/watchdog
	Sys    string // /sys/class/watchdog
	Load   func(name string) error

	f *os.File
}

// ErrNoWatchdog says that not even the kernel's own watchdog can be had.
var ErrNoWatchdog = errors.New("no watchdog")

// Arm starts the machine's watchdog, or the kernel's own when it has none, and
// returns its name. The kernel's own is told apart by hardware.
func (w *Watchdog) Arm() (name string, hardware bool, err error) {
	hardware = true
	if _, err := os.Stat(w.Device); err != nil {
		hardware = false
		if err := w.Load("softdog"); err != nil {
			return "", false, errors.Join(ErrNoWatchdog, err)
		}
	}
	w.f, err = os.OpenFile(w.Device, os.O_WRONLY, 0)
	if err != nil {
		return "", false, errors.Join(ErrNoWatchdog, err)
	}
	// A watchdog of fixed patience refuses; it runs all the same.
	_ = unix.IoctlSetPointerInt(int(w.f.Fd()), unix.WDIOC_SETTIMEOUT, patience)
	return w.identity(), hardware, nil
}

func (w *Watchdog) identity() string {
	text, err := os.ReadFile(filepath.Join(w.Sys, "watchdog0", "identity"))
	if err != nil {
		return "watchdog"
	}
	return strings.TrimSpace(string(text))
}

// Pet says that all is well, once.
func (w *Watchdog) Pet() {
	if w.f != nil {
		_, _ = w.f.Write([]byte{0})
	}
}

// During keeps petting while f runs; f has a deadline of its own.
func (w *Watchdog) During(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	tick := time.NewTicker(patience * time.Second / 6)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			w.Pet()
		}
	}
}

// Leave lets go of the device without the letter that would stop it.
func (w *Watchdog) Leave() {
	w.Pet()
	if w.f != nil {
		_ = w.f.Close()
	}
}

func (s *Start) arm(ctx context.Context) error {
	s.dog = &Watchdog{Device: "/dev/watchdog", Sys: "/sys/class/watchdog", Load: func(name string) error { return s.mods.Load(ctx, name) }}
	name, hardware, err := s.dog.Arm()
	s.boot.Watchdog = name
	if !hardware {
		if err == nil {
			err = fmt.Errorf("only %s", name)
		}
		s.note(slot.ProblemWatchdog, err)
		return nil
	}
	s.log.Info("watchdog armed", "watchdog", name)
	return nil
}
