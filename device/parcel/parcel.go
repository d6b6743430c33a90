// Package parcel carries a message and open files between two programs of a
// station: one JSON value and its descriptors are one packet of a unix socket
// that keeps packets whole, so that no file can arrive with another's message.
//
// The package knows nothing of what is sent. It never waits longer than the
// deadlines of the connection it is given.
package parcel

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Network is what parcels travel over, as package net calls it.
const Network = "unixpacket"

const (
	maxText  = 64 << 10
	maxFiles = 8
)

// ErrTooLong says that a message is not for this kind of socket.
var ErrTooLong = errors.New("message too long")

// Pair returns the two ends of a connection. Both are close-on-exec.
func Pair() (ours *net.UnixConn, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make socket pair: %w", err)
	}
	theirs = os.NewFile(uintptr(fds[1]), "parcel")
	if ours, err = Adopt(os.NewFile(uintptr(fds[0]), "parcel")); err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}

// Adopt makes a connection of an end that was inherited, and takes it over.
func Adopt(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("adopt socket: %w", err)
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("adopt socket: not a unix socket")
	}
	return u, nil
}

// Send sends a message and duplicates of the files, which stay the caller's.
func Send(c *net.UnixConn, message any, files ...*os.File) error {
	text, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if len(text) > maxText || len(files) > maxFiles {
		return fmt.Errorf("send: %w", ErrTooLong)
	}
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	if _, _, err = c.WriteMsgUnix(text, rights, nil); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// Receive waits for a message. The files that came with it are the caller's to
// close; there are none with an error. A connection that the other closed is [io.EOF].
func Receive(c *net.UnixConn, message any) ([]*os.File, error) {
	text, rights := make([]byte, maxText), make([]byte, unix.CmsgSpace(4*maxFiles))
	n, m, _, _, err := c.ReadMsgUnix(text, rights)
	if err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	files := opened(rights[:m])
	if n == 0 {
		Close(files)
		return nil, fmt.Errorf("receive: %w", io.EOF)
	}
	if err := json.Unmarshal(text[:n], message); err != nil {
		Close(files)
		return nil, errors.New("receive: not a message")
	}
	return files, nil
}

func opened(rights []byte) (files []*os.File) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "parcel"))
		}
	}
	return files
}

// Close closes all of them.
func Close(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
