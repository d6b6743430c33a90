package uplink

import (
	"context"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// watch notes, without a connection, whether records wait.
func (u *Uplink) watch(ctx context.Context) {
	current, aside, err := u.cfg.Outbox.Open(ctx)
	if err != nil || current == nil {
		return
	}
	defer closeAll(current, aside)
	log, err := current.Log(ctx)
	if err != nil {
		return
	}
	seq, _, err := current.Head(ctx)
	if err == nil && seq > ackOf(u.store.state.Ack, log).seq {
		u.setWaiting(true)
	}
}

// setWaiting notes, to the hour, since when something waits for its ack. People
// at the station are told: a validation that waits in February is money.
func (u *Uplink) setWaiting(waits bool) {
	since := u.store.state.Waiting
	now, q := u.cfg.Clock.Now()
	switch {
	case !waits:
		since = time.Time{}
	case since.IsZero() && q != pass.ClockUnset:
		since = now.UTC().Truncate(time.Hour)
	}
	if since.Equal(u.store.state.Waiting) {
		return
	}
	u.store.state.Waiting = since
	u.keep()
	u.change(func(st *Status) { st.Waiting = since })
}
