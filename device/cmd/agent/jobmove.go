package main

import (
	"context"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// forgetTime bounds what is done after the fleet was told.
const forgetTime = time.Minute

// move forgets the Wi-Fi of the structure that the station leaves, once the
// fleet was told: it may be the only way there was. Lessons, places and what
// passes it may take follow from the desired state.
func (a *agent) move(ctx context.Context) (uplink.Done, error) {
	for a.atWork() {
		if !sleep(ctx, workPoll) {
			return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonBusy}
		}
	}
	return uplink.Done{After: func() { a.ends.Go(a.forgetPlaces) }}, nil
}

func (a *agent) forgetPlaces() {
	ctx, cancel := context.WithTimeout(context.Background(), forgetTime)
	defer cancel()
	client := network.Client{Dir: a.Run}
	places, err := client.Places(ctx, false)
	if err != nil {
		a.log.Info("no Wi-Fi to forget", "err", err)
		return
	}
	for _, p := range places {
		if !p.Known {
			continue
		}
		if err := client.Forget(ctx, p.Name); err != nil {
			a.log.Warn("Wi-Fi not forgotten", "err", err)
		}
	}
}
