package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/hardware/sim"
)

// errServed is a socket on which another passreader answers.
var errServed = errors.New("another passreader is running")

// listen opens the socket, in the place of one that was left behind.
func listen(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make run directory: %w", err)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return nil, errServed
	}
	if about, err := os.Lstat(path); err == nil && about.Mode()&fs.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove old socket: %w", err)
		}
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	ln.SetUnlinkOnClose(false) // it is handed on; this is not its end
	defer ln.Close()
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	return ln.File()
}

// prepare makes what the simulated devices need.
func (c command) prepare() error {
	if c.SimCamera != "" {
		if err := os.MkdirAll(c.SimCamera, 0o755); err != nil {
			return fmt.Errorf("make the simulated camera's folder: %w", err)
		}
	}
	if c.SimScanner == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(c.SimScanner), 0o755); err != nil {
		return fmt.Errorf("make the simulated scanner's folder: %w", err)
	}
	return sim.Pipe(c.SimScanner)
}

// pass lets the next program of this process inherit f, by a number in the
// environment.
func pass(f *os.File, env string) error {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD, 3)
	if err != nil {
		return fmt.Errorf("keep a descriptor: %w", err)
	}
	return os.Setenv(env, strconv.Itoa(fd))
}

// inherited returns what was passed, or nil.
func inherited(env string) *os.File {
	fd, err := strconv.Atoi(os.Getenv(env))
	if err != nil {
		return nil
	}
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), env)
}
