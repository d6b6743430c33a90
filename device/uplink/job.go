package uplink

import (
	"context"
	"errors"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// jobTime bounds one order, whatever its expiry.
const jobTime = 10 * time.Minute

// jobResult is what became of an order.
type jobResult struct {
	id  string
	err error
}

// handleJob takes an order. When nobody knows the time it is held until the
// server has told it: an order that expired must not be carried out.
func (s *session) handleJob(ctx context.Context, payload []byte) error {
	var j wire.Job
	if !s.decode(payload, &j) {
		return nil
	}
	if before, ok := s.taken(j.ID); ok {
		return s.progress(ctx, wire.Progress{ID: j.ID, Status: "repeated", Detail: before})
	}
	if _, q := s.cfg.Clock.Now(); q == pass.ClockUnset {
		s.held = &j
		return nil
	}
	return s.takeJob(ctx, j)
}

func (s *session) takeJob(ctx context.Context, j wire.Job) error {
	now, _ := s.cfg.Clock.Now()
	if !now.Before(j.Expires) {
		return s.conclude(ctx, j.ID, "expired", "")
	}
	// On the disk before it begins: after a power cut it is not begun again.
	if err := s.noteJob(j.ID, "accepted"); err != nil {
		s.log.Warn("job not begun", "err", err)
		return s.progress(ctx, wire.Progress{ID: j.ID, Status: "failed"})
	}
	if err := s.progress(ctx, wire.Progress{ID: j.ID, Status: "accepted"}); err != nil {
		return err
	}
	s.jobs.Go(func() { s.carryOut(ctx, j, min(j.Expires.Sub(now), jobTime)) })
	return nil
}

// carryOut outlives a lost connection: the next session tells the result.
func (u *Uplink) carryOut(ctx context.Context, j wire.Job, limit time.Duration) {
	work, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := u.cfg.Do(work, j)
	select {
	case u.done <- jobResult{j.ID, err}:
	case <-ctx.Done():
	}
}

func (s *session) finishJob(ctx context.Context, r jobResult) error {
	switch {
	case r.err == nil:
		return s.conclude(ctx, r.id, "done", "")
	case errors.Is(r.err, ErrUnknownJob):
		return s.conclude(ctx, r.id, "unknown", "")
	}
	s.log.Warn("job failed", "err", r.err)
	return s.conclude(ctx, r.id, "failed", "")
}

func (s *session) conclude(ctx context.Context, id, status, detail string) error {
	if err := s.noteJob(id, status); err != nil {
		s.log.Warn("job's end not kept", "err", err)
	}
	return s.progress(ctx, wire.Progress{ID: id, Status: status, Detail: detail})
}

func (s *session) progress(ctx context.Context, p wire.Progress) error {
	topic := wire.Topic{Tenant: s.cfg.Tenant, Station: s.cfg.Station, Up: true, Kind: wire.KindProgress, Job: p.ID}
	token, err := s.send(topic.String(), false, &p)
	if err != nil {
		return err
	}
	return s.wait(ctx, token)
}

func (s *session) taken(id string) (status string, ok bool) {
	for _, j := range s.store.state.Jobs {
		if j.ID == id {
			return j.Status, true
		}
	}
	return "", false
}

func (s *session) noteJob(id, status string) error {
	jobs := s.store.state.Jobs
	for i := range jobs {
		if jobs[i].ID == id {
			jobs[i].Status = status
			return s.store.save()
		}
	}
	jobs = append(jobs, doneJob{id, status})
	s.store.state.Jobs = jobs[max(0, len(jobs)-maxJobs):]
	return s.store.save()
}
