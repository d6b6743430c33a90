package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/supervisor"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// identifyTime is for how long a station that is looked for shows itself.
const identifyTime = 30 * time.Second

// workPoll is how soon it is noticed that nobody is at work any more.
const workPoll = 2 * time.Second

// carryOut does what an order says.
func (a *agent) carryOut(ctx context.Context, j wire.Job) (uplink.Done, error) {
	switch j.Kind {
	case wire.JobIdentify:
		return uplink.Done{}, a.identify(ctx)
	case wire.JobRefresh:
		return uplink.Done{}, a.refreshTrust(ctx)
	case wire.JobRestart:
		return a.restart(ctx)
	case wire.JobLogs:
		return a.logs(ctx, j)
	case wire.JobMove:
		return a.move(ctx)
	case wire.JobWipe:
		return a.wipe(ctx, j)
	}
	return uplink.Done{}, uplink.ErrUnknownJob
}

// identify asks the launcher, by a file, to let the station be found.
func (a *agent) identify(ctx context.Context) error {
	path := filepath.Join(a.Run, "identify")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return err
	}
	defer os.Remove(path)
	sleep(ctx, identifyTime)
	return nil
}

// restart waits until nobody is at work; the fleet is told before the machine
// goes.
func (a *agent) restart(ctx context.Context) (uplink.Done, error) {
	if !a.own() {
		return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonHosted}
	}
	for a.atWork() {
		if !sleep(ctx, workPoll) {
			return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonBusy}
		}
	}
	return uplink.Done{After: a.reboot}, nil
}

// own reports whether the machine is the station's own, to restart and to wipe.
func (a *agent) own() bool { return a.boot != nil }

// reboot starts the machine again. It returns at once, and has a deadline of
// its own: who asked may be gone with the connection.
func (a *agent) reboot() {
	a.log.Info("machine restarts")
	a.ends.Go(func() {
		if err := (supervisor.Client{Socket: a.supervisor}).Restart(context.Background()); err != nil {
			a.log.Error("machine not restarted", "err", err)
		}
	})
}

// atWork reports whether somebody's session or a mediator's day is open. A
// launcher that says nothing shows no pages either.
func (a *agent) atWork() bool {
	var work struct {
		Session bool `json:"session"`
		Day     bool `json:"day"`
	}
	b, err := os.ReadFile(filepath.Join(a.Run, "work.json"))
	return err == nil && (json.Unmarshal(b, &work) != nil || work.Session || work.Day)
}
