package screen

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/mallette-kit/mallette/device/parcel"
)

// Link is display's end.
type Link struct{ conn *net.UnixConn }

// Dial connects to launcher once.
func Dial(ctx context.Context, socket string) (*Link, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, parcel.Network, socket)
	if err != nil {
		return nil, fmt.Errorf("reach launcher: %w", err)
	}
	return &Link{conn.(*net.UnixConn)}, nil
}

// Next waits for an order. It fails when launcher is gone or the link closed.
func (l *Link) Next() (Order, error) {
	var o Order
	files, err := parcel.Receive(l.conn, &o)
	parcel.Close(files)
	return o, err
}

// Report tells launcher. With [Starting] goes a duplicate of the listener of
// the pages.
func (l *Link) Report(r Report, pages net.Listener) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	files, err := duplicate(pages)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	defer parcel.Close(files)
	return parcel.Send(l.conn, r, files...)
}

func duplicate(ln net.Listener) ([]*os.File, error) {
	if ln == nil {
		return nil, nil
	}
	f, err := ln.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		return nil, err
	}
	return []*os.File{f}, nil
}

// Close hangs up.
func (l *Link) Close() error { return l.conn.Close() }
