package uplink

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// jobTime bounds an order that waits for nobody, whatever its expiry.
const jobTime = 10 * time.Minute

// Done is what there is to say of an order that was carried out, and what is
// done once the fleet knows: a machine that restarts can say nothing.
type Done struct {
	Receipt *wire.Receipt
	After   func() // may be nil; must not wait for the uplink
}

// Failure is why an order was not carried out, for people to read a sentence
// about.
type Failure struct {
	Reason wire.Reason
	Err    error // for the log; may be nil
}

// Error implements error.
func (f *Failure) Error() string {
	if f.Err == nil {
		return string(f.Reason)
	}
	return string(f.Reason) + ": " + f.Err.Error()
}

// Unwrap returns Err.
func (f *Failure) Unwrap() error { return f.Err }

// jobResult is what became of an order.
type jobResult struct {
	id   string
	done Done
	err  error
}

// patient orders wait until nobody is at work, or until all is stored.
func patient(kind wire.JobKind) bool {
	return kind == wire.JobRestart || kind == wire.JobWipe || kind == wire.JobMove
}

// resumable orders may begin again after a power cut: twice is as good as once.
func resumable(kind wire.JobKind) bool { return kind == wire.JobWipe || kind == wire.JobMove }

// handleJob takes an order. When nobody knows the time it is held until the
// server has told it: an order that expired must not be carried out.
func (s *session) handleJob(ctx context.Context, payload []byte) error {
	var j wire.Job
	if !s.decode(payload, &j) {
		return nil
	}
	if s.underWay(j.ID) {
		return nil // it is told how it ends, as before
	}
	if before, ok := s.taken(j.ID); ok && !(before == "accepted" && resumable(j.Kind)) {
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
	limit := j.Expires.Sub(now)
	if !patient(j.Kind) {
		limit = min(limit, jobTime)
	}
	s.running = append(s.running, j.ID)
	s.jobs.Go(func() { s.carryOut(ctx, j, limit) })
	return nil
}

func (s *session) underWay(id string) bool { return slices.Contains(s.running, id) }

// carryOut outlives a lost connection: the next session tells the result.
func (u *Uplink) carryOut(ctx context.Context, j wire.Job, limit time.Duration) {
	work, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done, err := u.cfg.Do(work, j)
	select {
	case u.done <- jobResult{j.ID, done, err}:
	case <-ctx.Done():
	}
}

func (s *session) finishJob(ctx context.Context, r jobResult) error {
	s.running = slices.DeleteFunc(s.running, func(id string) bool { return id == r.id })
	p := wire.Progress{ID: r.id, Status: "done", Receipt: r.done.Receipt}
	if errors.Is(r.err, ErrUnknownJob) {
		p.Status = "unknown"
	}
	if f, ok := errors.AsType[*Failure](r.err); ok {
		p.Reason = f.Reason
	}
	if r.err != nil && p.Status == "done" {
		p.Status = "failed"
		s.log.Warn("job failed", "err", r.err)
	}
	if err := s.tell(ctx, p); err != nil {
		s.unsaid = append(s.unsaid, r)
		return err
	}
	if r.err == nil && r.done.After != nil {
		r.done.After()
	}
	return nil
}

// conclude is the end of an order that nobody worked on.
func (s *session) conclude(ctx context.Context, id, status, detail string) error {
	return s.tell(ctx, wire.Progress{ID: id, Status: status, Detail: detail})
}

func (s *session) tell(ctx context.Context, p wire.Progress) error {
	if err := s.noteJob(p.ID, p.Status); err != nil {
		s.log.Warn("job's end not kept", "err", err)
	}
	return s.progress(ctx, p)
}

// tellUnsaid tells the ends that the connection before was lost over.
func (s *session) tellUnsaid(ctx context.Context) error {
	for len(s.unsaid) > 0 {
		r := s.unsaid[0]
		s.unsaid = s.unsaid[1:]
		if err := s.finishJob(ctx, r); err != nil {
			return err
		}
	}
	return nil
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
