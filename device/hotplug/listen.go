package hotplug

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Event is the kernel's word of a device.
type Event struct {
	Action string // "add", "remove", "change" …
	Path   string // below /sys
	Alias  string // of its driver; empty when it names none
}

// ParseEvent reads a message of the kernel: "add@/devices/…", then zero-ended
// variables. ok is false for anything else, such as a message of some udev.
func ParseEvent(b []byte) (e Event, ok bool) {
	fields := strings.Split(strings.TrimRight(string(b), "\x00"), "\x00")
	e.Action, e.Path, ok = strings.Cut(fields[0], "@")
	if !ok || e.Action == "" || !strings.HasPrefix(e.Path, "/") {
		return Event{}, false
	}
	e.Alias, _ = aliasOf(fields[1:])
	return e, true
}

// Ears hear the kernel. They are opened before the first pass, so that nothing
// falls between the two.
type Ears struct{ file *os.File }

const (
	kernelGroup = 1       // of NETLINK_KOBJECT_UEVENT; udev's own are another
	earBuffer   = 4 << 20 // a dock brings hundreds of events at once
)

// Open begins to hear.
func Open() (*Ears, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, fmt.Errorf("hear devices: %w", err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, earBuffer) // less is heard without the right to
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelGroup}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("hear devices: %w", err)
	}
	return &Ears{os.NewFile(uintptr(fd), "uevents")}, nil
}

// Close stops hearing.
func (e *Ears) Close() error { return e.file.Close() }

// ErrMissed says that the kernel spoke faster than it was heard: another pass
// finds what was missed.
var ErrMissed = errors.New("events were missed")

// Next waits for the next event of the kernel. It fails with [ErrMissed] when
// some were lost, and goes on after that.
func (e *Ears) Next(ctx context.Context) (Event, error) {
	stop := context.AfterFunc(ctx, func() { e.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	buf := make([]byte, 16<<10)
	for {
		n, fromKernel, err := e.read(buf)
		switch {
		case ctx.Err() != nil:
			return Event{}, ctx.Err()
		case errors.Is(err, unix.ENOBUFS):
			return Event{}, ErrMissed
		case err != nil:
			return Event{}, fmt.Errorf("hear devices: %w", err)
		}
		if event, ok := ParseEvent(buf[:n]); ok && fromKernel {
			return event, nil
		}
	}
}

// read reads one message and tells whether the kernel itself sent it: other
// programs may write to the group.
func (e *Ears) read(buf []byte) (n int, fromKernel bool, err error) {
	conn, err := e.file.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	var from unix.Sockaddr
	waited := conn.Read(func(fd uintptr) bool {
		n, from, err = unix.Recvfrom(int(fd), buf, 0)
		return !errors.Is(err, unix.EAGAIN)
	})
	sender, ok := from.(*unix.SockaddrNetlink)
	return n, ok && sender.Pid == 0, errors.Join(waited, err)
}

// Listen loads a driver for each device that comes, until ctx is done. Missed
// is called when events were lost.
func (e *Ears) Listen(ctx context.Context, l Loader, missed func()) error {
	for {
		event, err := e.Next(ctx)
		switch {
		case errors.Is(err, ErrMissed):
			missed()
		case err != nil:
			return err
		case event.Action == "add" && event.Alias != "":
			_ = l.Load(ctx, event.Alias) // most devices need none; the loader logs what matters
		}
	}
}
