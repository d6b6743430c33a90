package conductor

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// look gives one rollout what stations said, and the time.
func (c *Conductor) look(ctx context.Context, ref Ref) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.Store.Rollout(ctx, ref.Tenant, ref.ID)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	news, err := c.Store.News(ctx, ref.Tenant, ref.ID)
	if err != nil {
		return fmt.Errorf("read news: %w", err)
	}
	if err := c.change(ctx, ref.Tenant, r, events(r, news), nil, registry.Audit{}); err != nil {
		return err
	}
	return c.heal(ctx, ref.Tenant, r, news)
}

// events is what of the news changes something.
func events(r Record, news []News) []rollout.Event {
	var all []rollout.Event
	for _, n := range news {
		if n.Lost {
			all = append(all, rollout.Lost{Station: n.Station})
			continue
		}
		if h := heard(n); r.News(h) {
			all = append(all, h)
		}
	}
	return append(all, rollout.Tick{})
}

// heard reads a station's state as a rollout understands it: proved is only
// what the station calls healthy, or what it runs without being on its way.
func heard(n News) rollout.Heard {
	h := rollout.Heard{Station: n.Station}
	if n.State == nil {
		return h
	}
	switch n.State.State {
	case wire.BaseHealthy, wire.BaseIdle:
		h.Release = n.State.Running
	case wire.BaseFailed:
		if unread(n.State.Reason) {
			return h // it looks again by itself, and is late if that takes too long
		}
		h.Release, h.Failed, h.Go, h.Reason = n.State.Running, n.State.Target, n.State.Go, n.State.Reason
	}
	return h
}

// unread says of a reason that the station has not judged the release: what was
// signed about it has not reached it whole.
func unread(r wire.Reason) bool { return r == wire.ReasonUnknown || r == wire.ReasonMetadata }

// change applies events and keeps what they changed; stations are told by heal
// or by the caller's sweep, after that.
func (c *Conductor) change(ctx context.Context, tenant wire.Tenant, r Record, all []rollout.Event, steps []Step, a registry.Audit) error {
	before, head := slices.Clone(r.Members), *r.Rollout
	for _, e := range all {
		r.Apply(e, c.Now())
	}
	changed := differing(before, r.Members)
	if len(changed) == 0 && same(head, *r.Rollout) {
		return nil // a decision that changes nothing is no step either
	}
	steps = append(steps, c.happened(head, *r.Rollout)...)
	if err := c.Store.SaveRollout(ctx, tenant, r, changed, steps, a); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	for _, s := range steps {
		c.Log.Info("rollout moved", "rollout", r.ID, "release", r.Plan.Release, "step", s.What, "detail", s.Detail)
	}
	return nil
}

// same compares what is kept of a rollout beside its members.
func same(a, b rollout.Rollout) bool {
	return a.Phase == b.Phase && a.Why == b.Why && a.Wave == b.Wave && a.Passed == b.Passed && a.Forgiven == b.Forgiven &&
		a.Opened.Equal(b.Opened) && a.Proved.Equal(b.Proved) && a.Stopped.Equal(b.Stopped) && a.Until.Equal(b.Until)
}

func differing(before, after []rollout.Member) (changed []rollout.Member) {
	for i := range after {
		if after[i] != before[i] {
			changed = append(changed, after[i])
		}
	}
	return changed
}

// happened names what a rollout did by itself.
func (c *Conductor) happened(before, after rollout.Rollout) (steps []Step) {
	add := func(what What, detail string) { steps = append(steps, Step{At: c.Now(), What: what, Detail: detail}) }
	for wave := before.Wave + 1; wave <= after.Wave; wave++ {
		add(StepWave, strconv.Itoa(wave+1))
	}
	if before.Phase == after.Phase {
		return steps
	}
	switch after.Phase {
	case rollout.Halted:
		add(StepHalt, string(after.Why))
	case rollout.Done:
		add(StepDone, "")
	case rollout.Expired:
		add(StepExpire, "")
	}
	return steps
}

// heal asks every station for what its rollout wants of it, where it was not
// asked yet: the orders of this look, and those that a stopped server kept but
// never gave.
func (c *Conductor) heal(ctx context.Context, tenant wire.Tenant, r Record, news []News) error {
	asked := make(map[wire.Station]*wire.Base, len(news))
	for _, n := range news {
		asked[n.Station] = n.Asked
	}
	var orders []registry.BaseOrder
	lines := r.Lines()
	for _, m := range r.Members {
		base, known := asked[m.Station]
		if !known || m.Taken || m.Outcome == rollout.Gone {
			continue
		}
		if want := r.Plan.Base(r.Order(m), lines[m.Line()]); r.misses(m, base) {
			orders = append(orders, registry.BaseOrder{Station: m.Station, Base: want})
		}
	}
	if len(orders) == 0 {
		return nil
	}
	if err := c.Order(ctx, tenant, orders); err != nil {
		return fmt.Errorf("ask stations: %w", err)
	}
	c.Log.Info("stations asked for a release", "rollout", r.ID, "n", len(orders))
	return nil
}

// misses reports whether a member is not asked what it should be: another
// attempt, or one of this rollout that was taken back.
func (r Record) misses(m rollout.Member, asked *wire.Base) bool {
	if m.Want == "" {
		return asked != nil && r.Ordered(asked.Go)
	}
	o := r.Order(m)
	return asked == nil || asked.Release != o.Release || asked.Go != o.Go
}
