package screen_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/screen"
)

// told is a report as launcher hears it.
type told struct {
	report screen.Report
	pages  net.Listener
}

// host is a launcher that runs until the test ends.
func host(t *testing.T) (*screen.Host, <-chan told) {
	t.Helper()
	heard := make(chan told, 8)
	h := &screen.Host{
		Socket: filepath.Join(t.TempDir(), "s"), Log: slog.New(slog.DiscardHandler),
		Report: func(r screen.Report, ln net.Listener) { heard <- told{r, ln} },
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v; want context.Canceled", err)
		}
	})
	return h, heard
}

// dial tries until the host listens.
func dial(t *testing.T, h *screen.Host) *screen.Link {
	t.Helper()
	for {
		link, err := screen.Dial(t.Context(), h.Socket)
		if err == nil {
			t.Cleanup(func() { link.Close() })
			return link
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

func TestReportsAndOrders(t *testing.T) {
	h, heard := host(t)
	link := dial(t, h)
	pages, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pages.Close()
	if err := link.Report(screen.Report{State: screen.Starting, World: screen.Kiosk, Session: 3}, pages); err != nil {
		t.Fatal(err)
	}
	got := <-heard
	if got.report != (screen.Report{State: screen.Starting, World: screen.Kiosk, Session: 3}) || got.pages == nil {
		t.Fatalf("heard %+v; want the report and its listener", got)
	}
	serves(t, got.pages, pages.Addr().String())
	if err := h.Order(screen.Order{Want: screen.WantDrawn, Session: 3}); err != nil {
		t.Fatal(err)
	}
	if o, err := link.Next(); err != nil || o.Want != screen.WantDrawn || o.Session != 3 {
		t.Errorf("Next = %+v, %v; want that session 3 is drawn", o, err)
	}
}

// serves proves that the passed listener is the same socket.
func serves(t *testing.T, ln net.Listener, address string) {
	t.Helper()
	go func() {
		if c, err := ln.Accept(); err == nil {
			io.WriteString(c, "Bonjour")
			c.Close()
		}
		ln.Close()
	}()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if text, err := io.ReadAll(c); err != nil || string(text) != "Bonjour" {
		t.Errorf("read %q, %v; want Bonjour", text, err)
	}
}

func TestNoDisplay(t *testing.T) {
	h, heard := host(t)
	if err := h.Order(screen.Order{Want: screen.WantKiosk}); !errors.Is(err, screen.ErrNoDisplay) || h.Present() {
		t.Errorf("Order without display = %v, present %v; want %v", err, h.Present(), screen.ErrNoDisplay)
	}
	first := dial(t, h)
	if err := first.Report(screen.Report{State: screen.Failed, Problem: screen.NoScreen}, nil); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got.report.Problem != screen.NoScreen || !h.Present() {
		t.Errorf("heard %+v, present %v; want that there is no screen, and a display", got.report, h.Present())
	}
	first.Close()
	again := dial(t, h)
	if err := again.Report(screen.Report{State: screen.Up}, nil); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got.report.State != screen.Up {
		t.Errorf("heard %+v after display came back; want up", got.report)
	}
}

// A display that comes in just as launcher ends is hung up on too.
func TestDisplayAtTheLastMoment(t *testing.T) {
	for range 200 {
		h := &screen.Host{Socket: filepath.Join(t.TempDir(), "s"), Log: slog.New(slog.DiscardHandler), Report: func(screen.Report, net.Listener) {}}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Run(ctx) }()
		link := dial(t, h)
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatalf("Run = %v; want context.Canceled", err)
		}
		if _, err := link.Next(); err == nil {
			t.Fatal("Next = nil; want that launcher is gone")
		}
	}
}
