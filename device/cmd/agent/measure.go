package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/device/hotplug"
	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// station says how this machine is measured.
func (a *agent) station() *health.Station {
	return &health.Station{
		Host:     health.Host{Proc: "/proc", Data: a.Data},
		Version:  version,
		Clock:    func() pass.Quality { _, q := a.clock.Now(); return q },
		Board:    measureBoard,
		Outbox:   a.measureOutbox,
		Link:     a.measureLink,
		Readers:  a.readers,
		Firmware: func() []string { return hotplug.ReadMissed(a.Run) },
		Problems: a.problems.list,
	}
}

func (a *agent) measureLink() health.Link {
	if link := a.link.Load(); link != nil {
		s := link.Status()
		return health.Link{Online: s.Online, LastSync: s.LastSync}
	}
	return health.Link{}
}

func (a *agent) measureOutbox(ctx context.Context) (health.Outbox, error) {
	files, err := outbox.Logs(a.Data)
	if err != nil {
		return health.Outbox{}, err
	}
	var box health.Outbox
	for _, f := range files {
		if f.Aside {
			box.Aside++
		}
	}
	p, err := a.pending(ctx)
	box.Pending = p.Records + p.Counters
	if link := a.link.Load(); link != nil && box.Pending > 0 {
		box.Oldest = since(a.clock.Now, link.Status().Waiting)
	}
	return box, err
}

// pending is nothing when there is no outbox yet.
func (a *agent) pending(ctx context.Context) (outbox.Pending, error) {
	r, err := outbox.OpenReader(a.outboxPath())
	if errors.Is(err, fs.ErrNotExist) {
		return outbox.Pending{}, nil
	}
	if err != nil {
		return outbox.Pending{}, err
	}
	defer r.Close()
	return r.Pending(ctx, a.ack())
}

func since(clock func() (time.Time, pass.Quality), then time.Time) time.Duration {
	now, q := clock()
	if q == pass.ClockUnset || then.IsZero() {
		return 0
	}
	return max(0, now.Sub(then))
}

// readers is what the launcher has heard from the passreader to be open;
// nothing when it says nothing.
func (a *agent) readers() []string {
	var file struct {
		Readers []string `json:"readers"`
	}
	b, err := os.ReadFile(filepath.Join(a.Run, "readers.json"))
	if err != nil || json.Unmarshal(b, &file) != nil {
		return nil
	}
	return file.Readers
}

// listen opens the port of the metrics, which nothing but this machine reaches.
func (a *agent) listen() error {
	if a.Metrics == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(a.Metrics)
	if ip := net.ParseIP(host); err != nil || (host != "localhost" && (ip == nil || !ip.IsLoopback())) {
		return errors.New("metrics need a loopback address, such as 127.0.0.1:9101")
	}
	a.metrics, err = net.Listen("tcp", a.Metrics)
	if err != nil {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}

func (a *agent) serveMetrics(ctx context.Context) error {
	if a.metrics == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.health.Handler())
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 20 * time.Second}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	a.log.Info("metrics served", "address", a.metrics.Addr().String())
	if err := s.Serve(a.metrics); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return ctx.Err()
}
