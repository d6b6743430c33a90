package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/images/stage"
)

const (
	idle   = 10 * time.Second // after which a program's memory is read
	starts = 5
)

// fleetAlone starts a server again and again and reads its memory when nobody
// is connected.
func fleetAlone(ctx context.Context, s *stand) (list []figure, err error) {
	dir, err := s.room("fleet")
	if err != nil {
		return nil, err
	}
	f, err := newFleet(ctx, s, dir)
	if err != nil {
		return nil, err
	}
	if _, err := f.Init(ctx, stage.Tenant, "Mesure"); err != nil {
		return nil, err
	}
	var took []float64
	for range starts {
		t, err := readyAfter(ctx, f, filepath.Join(dir, "notify"))
		if err != nil {
			return nil, err
		}
		took = append(took, milliseconds(t))
	}
	memory, err := idleMemory(ctx, f)
	return []figure{plain("fleetd_ready", percentile(took, 50), "ms"), plain("fleetd_idle_memory", memory/mebi, "MiB")}, err
}

func newFleet(ctx context.Context, s *stand, dir string) (*stage.Fleet, error) {
	bin, err := s.programs(ctx)
	if err != nil {
		return nil, err
	}
	return &stage.Fleet{Bin: bin, Data: filepath.Join(dir, "fleet"), Listen: "127.0.0.1:0", Console: "127.0.0.1:0", Metrics: "127.0.0.1:0",
		Log: io.Discard}, nil
}

// readyAfter is how long the server takes until it tells its supervisor that
// every door is open.
func readyAfter(ctx context.Context, f *stage.Fleet, socket string) (time.Duration, error) {
	supervisor, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return 0, err
	}
	defer os.Remove(socket)
	defer supervisor.Close()
	began := time.Now()
	if err := supervisor.SetReadDeadline(began.Add(time.Minute)); err != nil {
		return 0, err
	}
	f.Env = []string{"NOTIFY_SOCKET=" + socket}
	if err := f.Start(ctx); err != nil {
		return 0, err
	}
	took, err := told(supervisor, "READY=1", began)
	return took, errors.Join(err, stop(ctx, f.Program))
}

// told reads what a program tells its supervisor until it says word.
func told(supervisor *net.UnixConn, word string, began time.Time) (time.Duration, error) {
	said := make([]byte, 1024)
	for {
		n, err := supervisor.Read(said)
		if err != nil {
			return 0, fmt.Errorf("wait for %s: %w", word, err)
		}
		if bytes.Contains(said[:n], []byte(word)) {
			return time.Since(began), nil
		}
	}
}

func idleMemory(ctx context.Context, f *stage.Fleet) (memory float64, err error) {
	f.Env = nil
	if err := f.Start(ctx); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, stop(ctx, f.Program)) }()
	if err := rest(ctx, idle); err != nil {
		return 0, err
	}
	return resident(f.Program)
}

// stop stops programs even when the command was told to end.
func stop(ctx context.Context, programs ...*stage.Program) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	for _, p := range programs {
		if p != nil {
			err = errors.Join(err, p.Stop(ctx))
		}
	}
	return err
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
