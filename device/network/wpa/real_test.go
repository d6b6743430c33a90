package wpa_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network/wpa"
	"github.com/mallette-kit/mallette/hardware/needs"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

// dial waits for the program to open its socket.
func dial(t *testing.T, d *wpa.Dialer, path string) *wpa.Socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var s *wpa.Socket
	var err error
	there := watch.Until(ctx, filepath.Dir(path), watch.Nodes, time.Second, func() bool {
		s, err = d.Dial(path)
		return err == nil
	})
	if !there {
		t.Fatalf("Dial = %v; want a socket", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestRealProgram speaks to a real wpa_supplicant that drives an interface
// without a radio.
func TestRealProgram(t *testing.T) {
	needs.Root(t, "wpa_supplicant opens raw sockets")
	path, dir, end := program(t)
	d := &wpa.Dialer{}
	global, ctx := dial(t, d, path), t.Context()
	if err := global.Ping(ctx); err != nil {
		t.Fatalf("Ping = %v; want an answer", err)
	}
	for range 2 { // the second time it has it already
		if err := global.AddInterface(ctx, "lo", "wired", dir); err != nil {
			t.Fatalf("AddInterface = %v; want lo driven", err)
		}
	}
	lo := dial(t, d, filepath.Join(dir, "lo"))
	if err := lo.SetCountry(ctx, "FR"); err != nil {
		t.Errorf("SetCountry(FR) = %v; want it taken", err)
	}
	if err := lo.SetCountry(ctx, "fr\nTERMINATE"); err == nil {
		t.Error("SetCountry took a second command")
	}
	for _, n := range networks() {
		id, err := lo.Add(ctx, n)
		if err != nil {
			t.Errorf("Add(%s) = %v; want it known", n.Name, err)
		}
		if err := errors.Join(lo.Enable(ctx, id), lo.Remove(ctx, id)); err != nil {
			t.Errorf("Enable and Remove(%s) = %v", n.Name, err)
		}
	}
	if _, err := lo.Add(ctx, wpa.Network{Name: "x", Secret: "short"}); !errors.Is(err, wpa.ErrForm) {
		t.Errorf("Add with a short secret = %v; want %v", err, wpa.ErrForm)
	}
	if st, err := lo.Status(ctx); err != nil || st.Joined() || st.Phase == "" {
		t.Errorf("Status = %+v, %v; want a phase, nothing joined", st, err)
	}
	if heard, err := lo.Results(ctx); err != nil || len(heard) != 0 {
		t.Errorf("Results = %v, %v; want nothing heard", heard, err)
	}
	hearsTheEnd(t, d, filepath.Join(dir, "lo"), end)
}

func networks() []wpa.Network {
	return []wpa.Network{
		{Name: "Gare"}, {Name: "Médiathèque \"A\"", Secret: "le chat dort", Priority: 3},
		{Name: "Box", Secret: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
	}
}

// hearsTheEnd ends the program and expects to be told.
func hearsTheEnd(t *testing.T, d *wpa.Dialer, path string, stop func() error) {
	t.Helper()
	ears := dial(t, d, path)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := errors.Join(ears.Attach(ctx), stop()); err != nil {
		t.Fatal(err)
	}
	err := ears.Events(ctx, func(e wpa.Event) {
		if e.Name == wpa.EventEnding {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Events = %v; want the end of the interface heard", err)
	}
}

// TestSilence waits longer than the program may be silent: it is asked whether
// it is there, and is.
func TestSilence(t *testing.T) {
	needs.Root(t, "wpa_supplicant opens raw sockets")
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	path, dir, end := program(t)
	d := &wpa.Dialer{}
	ctx := t.Context()
	if err := dial(t, d, path).AddInterface(ctx, "lo", "wired", dir); err != nil {
		t.Fatal(err)
	}
	ears := dial(t, d, filepath.Join(dir, "lo"))
	if err := ears.Attach(ctx); err != nil {
		t.Fatal(err)
	}
	silence := time.AfterFunc(25*time.Second, func() { end() })
	defer silence.Stop()
	heard := false
	err := ears.Events(ctx, func(e wpa.Event) { heard = heard || e.Name == wpa.EventEnding })
	if !heard || err == nil {
		t.Errorf("Events = %v, end heard %v; want it heard after a silence", err, heard)
	}
}
