package stage

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Port returns a free port of loopback, host:port, that stays the caller's until
// its program ends: no other program is given it by chance, not even while the
// one that it is meant for is down. That one listens there as anywhere.
func Port() (string, error) {
	// A socket that is bound and does not listen, and lets others that ask for the
	// number do the same.
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	}
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		return "", fmt.Errorf("reserve port: %w", err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		return "", fmt.Errorf("reserve port: %w", err)
	}
	at := bound.(*unix.SockaddrInet4)
	return netip.AddrPortFrom(netip.AddrFrom4(at.Addr), uint16(at.Port)).String(), nil
}

// settle replaces loopback's port 0 by a port that stays the same over restarts.
func settle(address *string) (err error) {
	if *address == "127.0.0.1:0" {
		*address, err = Port()
	}
	return err
}
