package uplink

import (
	"context"
	"errors"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Closed names of what was refused, as they appear in [wire.Reported].
const (
	RefusedMalformed  = "malformed"    // a payload that is not what its topic promises
	RefusedOldDesired = "desired_old"  // a desired state older than the one in use
	RefusedAckAhead   = "ack_ahead"    // an ack of records this station never wrote
	RefusedTime       = "time_refused" // an implausible time
	RefusedDisk       = "desired_disk" // a desired state that could not be kept
)

var errEpoch = errors.New("the fleet was restored from a backup")

// handle acts on one message from the fleet. What it returns ends the session.
func (s *session) handle(ctx context.Context, m downMessage) error {
	if len(m.payload) == 0 {
		return nil // a retained message was taken back
	}
	switch m.kind {
	case wire.KindAck:
		return s.handleAck(ctx, m.payload)
	case wire.KindDesired:
		return s.handleDesired(ctx, m.payload)
	case wire.KindTime:
		return s.handleTime(ctx, m.payload)
	case wire.KindJob:
		return s.handleJob(ctx, m.payload)
	}
	return nil
}

func (s *session) decode(payload []byte, m wire.Message) bool {
	if err := wire.Decode(payload, m); err != nil {
		s.refuse(RefusedMalformed)
		return false
	}
	return true
}

// handleAck moves the cursor. Within an epoch it only moves forward, because
// messages may arrive twice and in any order; a new epoch replaces it, and
// begins with a new session so that nothing of two epochs is mixed.
func (s *session) handleAck(ctx context.Context, payload []byte) error {
	var a wire.Ack
	if !s.decode(payload, &a) {
		return nil
	}
	if s.epoch != "" && a.Epoch != s.epoch {
		return errEpoch
	}
	ahead, err := s.ackAhead(ctx, a)
	if err != nil {
		return nil // the outbox could not be read: the next ack says the same
	}
	if ahead {
		s.refuse(RefusedAckAhead)
		return nil
	}
	first := s.epoch == ""
	s.epoch = a.Epoch
	s.takeAck(a)
	if first {
		return s.look(ctx, true)
	}
	return nil
}

func (s *session) takeAck(a wire.Ack) {
	st := &s.store.state
	merged := merge(st.Ack, a)
	if a.Epoch != st.Ack.Epoch {
		s.log.Info("fleet began a new epoch", "first", st.Ack.Epoch == "")
		merged = a
		clear(s.sent)
	}
	st.Ack = merged
	if now, q := s.cfg.Clock.Now(); q != pass.ClockUnset {
		st.LastSync = now.UTC().Truncate(time.Minute)
	}
	s.keep() // a cursor that is lost costs sending again
	s.change(func(status *Status) { status.Ack, status.LastSync = merged, st.LastSync })
	s.settle()
}

// keep saves what a full disk may lose without harm: the connection, by which
// everything leaves, is worth more.
func (u *Uplink) keep() {
	if err := u.store.save(); err != nil {
		u.log.Warn("uplink state not saved", "err", err)
	}
}

// merge takes the further of both for each log.
func merge(a, b wire.Ack) wire.Ack {
	logs := append([]wire.LogAck(nil), a.Logs...)
next:
	for _, l := range b.Logs {
		for i := range logs {
			if logs[i].Log == l.Log {
				logs[i].Seq, logs[i].Rev = max(logs[i].Seq, l.Seq), max(logs[i].Rev, l.Rev)
				continue next
			}
		}
		logs = append(logs, l)
	}
	return wire.Ack{Epoch: b.Epoch, Logs: logs}
}

// settle stops waiting when the ack covers all that was sent.
func (s *session) settle() {
	for log, sent := range s.sent {
		acked := ackOf(s.store.state.Ack, log)
		if (acked.seq < sent.seq || acked.rev < sent.rev) && s.store.state.Finished[log] != s.epoch {
			return
		}
	}
	s.resendAt, s.resend = time.Time{}, s.cfg.Timing.Resend
	s.setWaiting(false)
}

// ackAhead reports whether a covers records of the log in use that this
// station never wrote: believing it would stop what comes next from leaving.
func (s *session) ackAhead(ctx context.Context, a wire.Ack) (bool, error) {
	current, aside, err := s.cfg.Outbox.Open(ctx)
	if err != nil || current == nil {
		return false, err
	}
	defer closeAll(current, aside)
	log, err := current.Log(ctx)
	if err != nil {
		return false, err
	}
	seq, rev, err := current.Head(ctx)
	acked := ackOf(a, log)
	return acked.seq > seq || acked.rev > rev, err
}

// handleDesired keeps a newer desired state; the same again is the retained
// message of every connection.
func (s *session) handleDesired(ctx context.Context, payload []byte) error {
	var d wire.Desired
	if !s.decode(payload, &d) {
		return s.report(ctx)
	}
	if d.Version < s.store.desired.Version {
		s.refuse(RefusedOldDesired)
		return s.report(ctx)
	}
	if d.Version == s.store.desired.Version {
		return nil
	}
	if err := s.store.saveDesired(payload, d); err != nil {
		s.log.Warn("desired state not kept", "err", err)
		s.refuse(RefusedDisk) // the next connection brings it again
		return s.report(ctx)
	}
	s.accept(RefusedOldDesired, RefusedMalformed, RefusedDisk)
	s.change(func(st *Status) { st.Desired = d.Version })
	s.log.Info("desired state changed", "version", d.Version)
	if s.cfg.Desired != nil {
		s.cfg.Desired(d)
	}
	return s.report(ctx)
}

func (s *session) handleTime(ctx context.Context, payload []byte) error {
	var t wire.Time
	if !s.decode(payload, &t) {
		return nil
	}
	_, before := s.cfg.Clock.Now()
	if err := s.cfg.Clock.SetServer(t.Now); err != nil {
		s.log.Warn("time refused", "err", err)
		s.refuse(RefusedTime)
		return nil
	}
	s.accept(RefusedTime)
	if before == pass.ClockUnset {
		s.telemetry.Reset(0) // the sample that was sent says that nobody knows the time
	}
	if s.held == nil {
		return nil
	}
	j := *s.held
	s.held = nil
	return s.takeJob(ctx, j)
}
