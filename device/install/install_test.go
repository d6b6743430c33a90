package install_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/install"
)

// worker has two disks and installs when it is told to.
type worker struct {
	begun chan install.Disk
	end   chan error
}

func free() install.Disk { return install.Disk{Name: "sda", Serial: "S1", Sequence: 7, Size: 100} }

func (w *worker) Disks() ([]install.Disk, error) {
	return []install.Disk{free(), {Name: "sdb", Problem: "in_use"}}, nil
}

func (w *worker) Install(ctx context.Context, d install.Disk, tell func(install.Phase, int64, int64)) (bool, error) {
	tell(install.Writing, 5, 10)
	w.begun <- d
	select {
	case err := <-w.end:
		return true, err
	case <-ctx.Done():
		return true, ctx.Err()
	}
}

// serve starts the two sides. stop ends the program and returns its error.
func serve(t *testing.T) (w *worker, c *install.Client, stop func() error) {
	t.Helper()
	dir := t.TempDir()
	ln, err := net.Listen("unix", filepath.Join(dir, install.SocketName))
	if err != nil {
		t.Fatal(err)
	}
	w = &worker{begun: make(chan install.Disk), end: make(chan error)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- install.Serve(ctx, ln, w, slog.New(slog.NewTextHandler(io.Discard, nil))) }()
	stop = func() error { cancel(); return <-done }
	t.Cleanup(cancel)
	return w, install.NewClient(dir), stop
}

func TestOrdersRefused(t *testing.T) {
	_, c, _ := serve(t)
	for _, o := range []struct {
		name  string
		order install.Order
		want  install.Problem
	}{
		{"nothing typed", install.Order{Disk: free()}, install.Untyped},
		{"another name typed", install.Order{Disk: free(), Typed: "sdb"}, install.Untyped},
		{"a disk in use", install.Order{Disk: install.Disk{Name: "sdb"}, Typed: "sdb"}, "in_use"},
		{"no such disk", install.Order{Disk: install.Disk{Name: "sdz"}, Typed: "sdz"}, "missing"},
		{"another medium", install.Order{Disk: install.Disk{Name: "sda", Serial: "S1", Sequence: 8, Size: 100}, Typed: "sda"}, "swapped"},
		{"another serial", install.Order{Disk: install.Disk{Name: "sda", Serial: "S2", Sequence: 7, Size: 100}, Typed: "sda"}, "swapped"},
	} {
		t.Run(o.name, func(t *testing.T) {
			if got := install.ProblemOf(c.Install(t.Context(), o.order)); got != o.want {
				t.Errorf("Install = %q; want %q", got, o.want)
			}
		})
	}
	if s, err := c.State(t.Context()); err != nil || s.Phase != install.Idle {
		t.Errorf("State = %+v, %v; want idle", s, err)
	}
}

func TestInstallation(t *testing.T) {
	w, c, stop := serve(t)
	order := install.Order{Disk: free(), Typed: "sda"}
	if err := c.Install(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	<-w.begun
	if s, err := c.State(t.Context()); err != nil || !s.Running() || s.Done != 5 || s.Total != 10 || s.Disk.Name != "sda" {
		t.Errorf("State = %+v, %v; want half way on sda", s, err)
	}
	if got := install.ProblemOf(c.Install(t.Context(), order)); got != install.Busy {
		t.Errorf("second Install = %q; want busy", got)
	}
	w.end <- &install.Error{Problem: "medium", Err: errors.New("no")}
	wait(t, c, install.State{Phase: install.Failed, Problem: "medium", Erased: true})
	if err := c.Install(t.Context(), order); err != nil {
		t.Fatalf("Install after a failure = %v", err)
	}
	<-w.begun
	w.end <- nil
	wait(t, c, install.State{Phase: install.Done, Erased: true})
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Serve = %v; want context canceled", err)
	}
	if got := install.ProblemOf(c.Install(t.Context(), order)); got != install.Away {
		t.Errorf("Install without the program = %q; want away", got)
	}
}

// wait asks until the installation is over: it ends by itself.
func wait(t *testing.T, c *install.Client, want install.State) {
	t.Helper()
	for {
		s, err := c.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s.Running() {
			continue
		}
		if s.Phase != want.Phase || s.Problem != want.Problem || s.Erased != want.Erased {
			t.Errorf("State = %+v; want %+v", s, want)
		}
		return
	}
}

// TestStoppedInTheMiddle: the program waits for the disk it was writing.
func TestStoppedInTheMiddle(t *testing.T) {
	w, c, stop := serve(t)
	if err := c.Install(t.Context(), install.Order{Disk: free(), Typed: "sda"}); err != nil {
		t.Fatal(err)
	}
	<-w.begun
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Serve = %v; want context canceled", err)
	}
}
