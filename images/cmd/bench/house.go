package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/images/stage"
)

// house is a seeded fleet server and one enrolled station, the mediator's own.
type house struct {
	fleet   *stage.Fleet
	station *stage.Station
	seeded  stage.Seeded
}

func (s *stand) openHouse(ctx context.Context) (*house, error) {
	dir, err := s.room("house")
	if err != nil {
		return nil, err
	}
	f, err := newFleet(ctx, s, dir)
	if err != nil {
		return nil, err
	}
	h := &house{fleet: f, station: &stage.Station{Bin: f.Bin, Dir: filepath.Join(dir, "station"), Listen: "127.0.0.1:0",
		Log: func(string) io.Writer { return io.Discard }}}
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.close(ctx))
	}
	return h, nil
}

func (h *house) open(ctx context.Context) error {
	opened, err := stage.Open(ctx, h.fleet, h.station, "Mesure")
	if err != nil {
		return err
	}
	h.seeded = opened.Seeded
	return h.settle(ctx, opened.Station)
}

// settle waits until the station has what the fleet decided and published, and
// its pages show it.
func (h *house) settle(ctx context.Context, id wire.Station) error {
	err := h.station.Agent.Await(ctx, time.Minute, func(ctx context.Context) error { return h.learnt(ctx, id) })
	if err != nil {
		return err
	}
	v := newVisitor(h.station.Kiosk())
	defer v.leave()
	return h.station.Launcher.Await(ctx, time.Minute, func(ctx context.Context) error { return v.sees(ctx, "/", "Poste médiateur") })
}

func (h *house) learnt(ctx context.Context, id wire.Station) error {
	known, err := h.fleet.Admin().Station(ctx, stage.Tenant, id)
	if err != nil {
		return err
	}
	if known.Reported.Version < known.Desired.Version || known.Reported.Trust < known.Desired.Trust || known.Desired.Trust == 0 {
		return fmt.Errorf("settings %d of %d, lists %d of %d",
			known.Reported.Version, known.Desired.Version, known.Reported.Trust, known.Desired.Trust)
	}
	return nil
}

func (h *house) close(ctx context.Context) error {
	return stop(ctx, h.station.Reader, h.station.Launcher, h.station.Agent, h.fleet.Program)
}

// stationMemory is what a station's programs hold when nobody is there.
func stationMemory(ctx context.Context, s *stand) (list []figure, err error) {
	h, err := s.openHouse(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close(ctx)) }()
	if err := rest(ctx, idle); err != nil {
		return nil, err
	}
	total := 0.0
	for _, p := range []struct {
		name    string
		program *stage.Program
	}{{"passreader", h.station.Reader}, {"launcher", h.station.Launcher}, {"agent", h.station.Agent}} {
		memory, err := resident(p.program)
		if err != nil {
			return list, err
		}
		total += memory
		list = append(list, plain(p.name+"_memory", memory/mega, "MB"))
	}
	return append(list, plain("station_memory", total/mega, "MB")), nil
}
