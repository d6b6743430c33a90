package clock

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Source is what a clock stands on. Methods are safe for concurrent use.
type Source interface {
	// Boot names this boot of the machine; no two boots share a name.
	Boot() string
	// Mono is the time since boot, sleep included. It never goes back.
	Mono() time.Duration
	// Host is the host's own clock.
	Host() time.Time
	// SetHost sets the host's own clock.
	SetHost(t time.Time) error
}

const bootFile = "/proc/sys/kernel/random/boot_id"

// kernel is the Source of a real machine.
type kernel struct{ boot string }

func newKernel() kernel {
	b, err := os.ReadFile(bootFile)
	if err != nil {
		return kernel{rand.Text()} // own name: never taken for another boot
	}
	return kernel{strings.TrimSpace(string(b))}
}

func (k kernel) Boot() string { return k.boot }

func (kernel) Mono() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic("clock: kernel without CLOCK_BOOTTIME: " + err.Error()) // Linux before 2.6.39
	}
	return time.Duration(ts.Nano())
}

func (kernel) Host() time.Time { return time.Now() }

func (kernel) SetHost(t time.Time) error {
	ts := unix.NsecToTimespec(t.UnixNano())
	if err := unix.ClockSettime(unix.CLOCK_REALTIME, &ts); err != nil {
		return fmt.Errorf("set realtime clock: %w", err)
	}
	return nil
}
