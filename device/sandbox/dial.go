package sandbox

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Dial connects to a loopback address inside the session. The address is one
// of numbers: nothing is looked up.
func (s *Session) Dial(ctx context.Context, address string) (net.Conn, error) {
	type answer struct {
		conn net.Conn
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends in the session's network
		conn, err := dialFrom(ctx, fmt.Sprintf("/proc/%d/ns/net", s.PID()), address)
		done <- answer{conn, err}
	}()
	a := <-done
	if a.err != nil {
		return nil, fmt.Errorf("dial into session: %w", a.err)
	}
	return a.conn, nil
}

func dialFrom(ctx context.Context, network, address string) (net.Conn, error) {
	ns, err := os.Open(network)
	if err != nil {
		return nil, err
	}
	defer ns.Close()
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address)
}
