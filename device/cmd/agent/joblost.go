package main

import (
	"context"
	"time"

	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// lossApart is how often a fleet that does not let this station in is asked
// whether it was declared lost.
const lossApart = time.Minute

// watchLoss asks the fleet, whenever it does not let this station in, whether
// somebody declared it lost; then every secret goes. Only the fleet that the
// station was enrolled by is believed, and only that one word.
func (a *agent) watchLoss(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.doubt:
		}
		me := a.me.Load()
		var lost bool
		err := a.byAnyWay(func(by enroll.Proxy) (err error) {
			lost, err = enroll.Lost(ctx, me, a.server(), a.clock.Floor, by)
			return err
		})
		if lost {
			return a.forgetAll()
		}
		if err != nil {
			a.log.Debug("loss not asked about", "why", string(enroll.KindOf(err)))
		}
		if !sleep(ctx, lossApart) {
			return ctx.Err()
		}
	}
}

// forgetAll wipes the station as one that somebody else may have, without
// waiting for anything. Without an identity it is a machine that was never
// enrolled: errIdentity makes the program begin again as that.
func (a *agent) forgetAll() error {
	a.log.Warn("station was declared lost")
	if err := a.leaveWord(wiping{Lost: true}); err != nil {
		a.log.Error("word of loss not kept", "err", err) // wiped all the same
	}
	if err := a.erase(wiping{Lost: true}.keeps()); err != nil {
		a.log.Error("secrets not wiped", "err", err)
	}
	if err := a.finishWipe(); err != nil {
		a.log.Error("station not wiped", "err", err)
	}
	a.me.Store(nil)
	return errIdentity
}
