// Package opener lets a program that has given up its rights go on opening
// the devices that are plugged in.
//
// Two processes share a socket pair. The one with rights runs [Serve]; the
// one that parses what devices say uses a [Client]. What may be opened is
// decided on the side with rights, for each request: video nodes, and event
// nodes that are hand scanners. A process that has been taken over can ask
// for a camera or a scanner; never for a keyboard or a disk.
package opener

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ErrRefused is a path that may not be opened, or could not be.
var ErrRefused = errors.New("device not opened")

const (
	maxPath   = 64
	patience  = 5 // seconds for an answer
	majorKeys = 13
	majorTV   = 81
)

// Policy says what may be opened.
type Policy struct {
	Scanner func(node string) bool // whether /dev/input/node is a hand scanner
	Cameras bool
}

// Pair returns the two ends of a new connection, closed on exec.
func Pair() (server, client *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("pair sockets: %w", err)
	}
	return os.NewFile(uintptr(fds[0]), "opener"), os.NewFile(uintptr(fds[1]), "asker"), nil
}

// Serve answers requests until the other end is closed.
func Serve(end *os.File, p Policy) error {
	path := make([]byte, maxPath+1)
	for {
		n, err := unix.Read(int(end.Fd()), path)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n <= 0 || err != nil {
			return err
		}
		if err := answer(int(end.Fd()), p, string(path[:n])); err != nil {
			return err
		}
	}
}

// answer sends a descriptor, or an empty refusal.
func answer(end int, p Policy, path string) error {
	fd, err := open(p, path)
	if err != nil {
		return unix.Sendmsg(end, []byte{0}, nil, nil, 0)
	}
	defer unix.Close(fd)
	return unix.Sendmsg(end, []byte{1}, unix.UnixRights(fd), nil, 0)
}

func open(p Policy, path string) (int, error) {
	mode, major := p.mode(path)
	if major == 0 {
		return -1, ErrRefused
	}
	fd, err := unix.Open(path, mode|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	var about unix.Stat_t
	err = unix.Fstat(fd, &about)
	if err != nil || about.Mode&unix.S_IFMT != unix.S_IFCHR || unix.Major(about.Rdev) != major {
		unix.Close(fd)
		return -1, ErrRefused
	}
	return fd, nil
}

// mode returns how a path is opened and which driver must be behind it; 0 is
// none. A camera is opened so that Go does not poll it: with many drivers a poll
// begins to film, and after that no format can be chosen.
func (p Policy) mode(path string) (flags int, major uint32) {
	name := filepath.Base(path)
	switch {
	case match(`^/dev/video[0-9]{1,3}$`, path) && p.Cameras:
		return unix.O_RDWR, majorTV
	case match(`^/dev/input/event[0-9]{1,3}$`, path) && p.Scanner != nil && p.Scanner(name):
		return unix.O_RDONLY | unix.O_NONBLOCK, majorKeys
	}
	return 0, 0
}

func match(pattern, path string) bool {
	ok, err := regexp.MatchString(pattern, path)
	return ok && err == nil
}

// Client asks for devices. It is safe for concurrent use.
type Client struct {
	mu  sync.Mutex
	end *os.File
}

// NewClient uses and owns its end of the pair.
func NewClient(end *os.File) (*Client, error) {
	wait := unix.Timeval{Sec: patience}
	if err := unix.SetsockoptTimeval(int(end.Fd()), unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return nil, fmt.Errorf("bound the wait for devices: %w", err)
	}
	return &Client{end: end}, nil
}

// Open returns the device: a scanner opened without blocking, a camera for
// package v4l2, which is not to be polled before. An answer that does not come
// in time ends the connection: it would be taken for that of the next question.
func (c *Client) Open(path string) (*os.File, error) {
	if len(path) > maxPath {
		return nil, ErrRefused
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	end := int(c.end.Fd())
	if err := unix.Sendmsg(end, []byte(path), nil, nil, unix.MSG_NOSIGNAL); err != nil {
		return nil, fmt.Errorf("ask for a device: %w", err)
	}
	fd, err := receive(end)
	if errors.Is(err, unix.EAGAIN) {
		err = errors.Join(err, unix.Shutdown(end, unix.SHUT_RDWR))
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

// receive waits for an answer. A wait with an end is interrupted by every signal,
// and Go's own are many.
func receive(end int) (int, error) {
	word, rights := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	n, rn, _, _, err := unix.Recvmsg(end, word, rights, unix.MSG_CMSG_CLOEXEC)
	for errors.Is(err, unix.EINTR) {
		n, rn, _, _, err = unix.Recvmsg(end, word, rights, unix.MSG_CMSG_CLOEXEC)
	}
	switch {
	case err != nil:
		return -1, fmt.Errorf("wait for a device: %w", err)
	case n == 0 || word[0] == 0 || rn == 0:
		return -1, ErrRefused
	}
	messages, err := unix.ParseSocketControlMessage(rights[:rn])
	if err != nil || len(messages) != 1 {
		return -1, ErrRefused
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return -1, ErrRefused
	}
	return fds[0], nil
}

// Gone returns when the other end has been closed.
func (c *Client) Gone() {
	fds := []unix.PollFd{{Fd: int32(c.end.Fd())}}
	for {
		n, err := unix.Poll(fds, int(time.Hour.Milliseconds()))
		if n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
