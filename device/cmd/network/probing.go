package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/probe"
)

// How often the way out is tried without a reason to.
const (
	probeGood = 10 * time.Minute
	probeBad  = 20 * time.Second
)

// trial is the last try of the way out.
type trial struct {
	probe.Result
	at time.Time
}

// keepProbing tries the way out after each change, and now and then.
func (k *keeper) keepProbing(ctx context.Context) error {
	pause := probeBad
	for wait(ctx, pause, k.probe) {
		pause = probeBad
		if k.try(ctx).Outcome == network.Works {
			pause = probeGood
		}
	}
	return ctx.Err()
}

// try tries the way out, unless no line has an address.
func (k *keeper) try(ctx context.Context) probe.Result {
	lines := k.held()
	if len(lines) == 0 {
		return probe.Result{}
	}
	result := probe.Result{Outcome: network.Works}
	fleet := k.fleet()
	if !fleet.Online || k.untried() { // the agent is talking: nothing to ask
		names, _ := k.servers()
		target := probe.Target{Server: fleet.Server, Page: k.Page, Names: names}
		for _, l := range lines {
			target.Routed = target.Routed || l.lease.Router.IsValid()
		}
		result = probe.Try(ctx, target)
	}
	k.mu.Lock()
	was := k.tried.Outcome
	k.tried = trial{result, time.Now()}
	k.mu.Unlock()
	if was != result.Outcome {
		k.log.Info("way out tried", "outcome", string(result.Outcome))
	}
	k.tell()
	return result
}

func (k *keeper) untried() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.tried.at.IsZero()
}

// fleet is what the agent wrote of it.
type fleet struct {
	Online bool   `json:"online"`
	Server string `json:"server"`
}

// fleet reads where the fleet is and whether the agent is connected to it; the
// zero value on a station of no fleet.
func (k *keeper) fleet() fleet {
	var f fleet
	text, err := os.ReadFile(filepath.Join(k.Run, "agent.json"))
	if err != nil || json.Unmarshal(text, &f) != nil {
		f = fleet{}
	}
	if k.Server != "" {
		f.Server = k.Server
	}
	return f
}
