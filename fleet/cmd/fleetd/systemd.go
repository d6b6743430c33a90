package main

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// watchdog tells systemd that the server is ready, and from then on that it is
// alive, which it is as long as the database answers.
func (h *house) watchdog(ctx context.Context) error {
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
	defer daemon.SdNotify(false, daemon.SdNotifyStopping) //nolint:errcheck // nobody listens without systemd
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			h.alive(ctx, every/2)
		}
	}
}

func (h *house) alive(ctx context.Context, within time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := h.store.Ping(ctx); err != nil {
		h.log.Error("database does not answer", "err", err)
		return
	}
	_, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog)
}
