package evdev

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Figures of <linux/input.h> and <asm-generic/ioctl.h>, the same on amd64 and
// arm64 (struct input_event: two 64-bit words, two 16-bit, one 32-bit).
const (
	eventSize   = 24
	eviocgrab   = 0x40044590
	eviocsclock = 0x400445a0
)

// event types, codes and values
const (
	evSyn      = 0
	evKey      = 1
	synDropped = 3
	released   = 0
	pressed    = 1
)

// event is a struct input_event.
type event struct {
	at    time.Duration // since an origin that only the kernel knows
	kind  uint16
	code  uint16
	value int32
}

// parse reads an event from at least eventSize bytes.
func parse(b []byte) event {
	e := binary.NativeEndian
	seconds, micros := e.Uint64(b), e.Uint64(b[8:])
	return event{
		at:    time.Duration(seconds)*time.Second + time.Duration(micros)*time.Microsecond,
		kind:  e.Uint16(b[16:]),
		code:  e.Uint16(b[18:]),
		value: int32(e.Uint32(b[20:])),
	}
}

// claim grabs a device and has its events dated by the monotonic clock: the
// mediator may set the other one between two keystrokes.
func claim(device *os.File) error {
	raw, err := device.SyscallConn()
	if err != nil {
		return fmt.Errorf("grab: %w", err)
	}
	var grab, clock error
	err = raw.Control(func(fd uintptr) {
		grab = unix.IoctlSetInt(int(fd), eviocgrab, 1)
		clock = unix.IoctlSetPointerInt(int(fd), eviocsclock, unix.CLOCK_MONOTONIC)
	})
	if err := errors.Join(err, grab, clock); err != nil {
		return fmt.Errorf("grab: %w", err)
	}
	return nil
}
