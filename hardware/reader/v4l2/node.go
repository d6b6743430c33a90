package v4l2

import (
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Node is an open video node: the four calls of the kernel that filming needs.
type Node interface {
	// Control is ioctl; arg points to the struct that request names.
	Control(request uint, arg unsafe.Pointer) error
	// Map is mmap, shared, for reading.
	Map(offset int64, length int) ([]byte, error)
	// Unmap undoes Map.
	Unmap(frame []byte) error
	// Wait returns whether there is a frame before a time has passed.
	Wait(d time.Duration) (bool, error)
	Close() error
}

// OpenNode opens a video node of this machine. It does without [os.File], which
// polls: with many drivers a poll begins to film, and no format can be chosen then.
func OpenNode(path string) (Node, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return node(fd), nil
}

// NodeOf makes a Node of a video node opened by somebody else, who has not
// polled it; the Node then owns f.
func NodeOf(f *os.File) (Node, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	f.Close()
	if err != nil {
		return nil, fmt.Errorf("keep a video node: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(fmt.Errorf("keep a video node: %w", err), unix.Close(fd))
	}
	return node(fd), nil
}

// node is a descriptor.
type node int

func (n node) Control(request uint, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(n), uintptr(request), uintptr(arg))
		if errno == 0 {
			return nil
		}
		if errno != unix.EINTR {
			return errno
		}
	}
}

func (n node) Map(offset int64, length int) ([]byte, error) {
	return unix.Mmap(int(n), offset, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

func (n node) Unmap(frame []byte) error { return unix.Munmap(frame) }

func (n node) Wait(d time.Duration) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(n), Events: unix.POLLIN}}
	got, err := unix.Poll(fds, int(d.Milliseconds()))
	switch {
	case errors.Is(err, unix.EINTR):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("poll: %w", err)
	case fds[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0:
		return false, unix.ENODEV
	}
	return got > 0, nil
}

func (n node) Close() error { return unix.Close(int(n)) }
