package screen

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/parcel"
)

// ErrNoDisplay says that display is not there: the machine has no screen, or
// it is being started again.
var ErrNoDisplay = errors.New("no display")

// writeWithin bounds every message.
const writeWithin = 5 * time.Second

// Host is launcher's end. Set its fields and call Run; Order may be called by
// anybody, at any time.
type Host struct {
	Socket string
	Log    *slog.Logger
	// Report is called for each report, one at a time. With Starting comes the
	// listener of the session's pages, which Report takes over; otherwise ln is
	// nil.
	Report func(r Report, ln net.Listener)

	mu   sync.Mutex
	conn *net.UnixConn
}

// Run serves display, and after it the next, until ctx is done.
func (h *Host) Run(ctx context.Context) error {
	_ = os.Remove(h.Socket) // of an earlier life
	ln, err := net.ListenUnix(parcel.Network, &net.UnixAddr{Name: h.Socket, Net: parcel.Network})
	if err != nil {
		return fmt.Errorf("listen for display: %w", err)
	}
	if err := os.Chmod(h.Socket, 0o600); err != nil {
		return errors.Join(err, ln.Close())
	}
	stop := context.AfterFunc(ctx, func() { ln.Close(); h.take(nil) })
	defer stop()
	for {
		conn, err := ln.AcceptUnix()
		if err != nil {
			return ended(ctx, err)
		}
		h.take(conn)
		if ctx.Err() != nil { // it came in last: nobody else hangs up on it
			h.drop(conn)
			return ctx.Err()
		}
		h.Log.Info("display connected")
		h.hear(conn)
		h.Log.Warn("display gone")
		h.drop(conn)
	}
}

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("listen for display: %w", err)
}

// take makes conn the display; the one before is hung up on.
func (h *Host) take(conn *net.UnixConn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn != nil {
		h.conn.Close()
	}
	h.conn = conn
}

func (h *Host) drop(conn *net.UnixConn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	conn.Close()
	if h.conn == conn {
		h.conn = nil
	}
}

func (h *Host) hear(conn *net.UnixConn) {
	for {
		var r Report
		files, err := parcel.Receive(conn, &r)
		if err != nil {
			return
		}
		h.Report(r, h.listener(r, files))
		parcel.Close(files)
	}
}

func (h *Host) listener(r Report, files []*os.File) net.Listener {
	if r.State != Starting || len(files) == 0 {
		return nil
	}
	ln, err := net.FileListener(files[0])
	if err != nil {
		h.Log.Error("page listener not taken over", "err", err)
		return nil
	}
	return ln
}

// Order asks something of display. It does not wait until it is done.
func (h *Host) Order(o Order) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn == nil {
		return ErrNoDisplay
	}
	if err := h.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return fmt.Errorf("order: %w", err)
	}
	if err := parcel.Send(h.conn, o); err != nil {
		return fmt.Errorf("order: %w", err)
	}
	return nil
}

// Present reports whether a display is connected.
func (h *Host) Present() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.conn != nil
}
