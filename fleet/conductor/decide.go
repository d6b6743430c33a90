package conductor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Choice is which stations a rollout is for, and by which machines the release
// can be run.
type Choice struct {
	Query registry.Query
	Archs []string // that the release was made for; none: any
}

// Skip is why a station that was chosen is left out.
type Skip string

// The reasons to leave a station out.
const (
	SkipLost  Skip = "lost"  // declared lost
	SkipBusy  Skip = "busy"  // another rollout waits for it
	SkipArch  Skip = "arch"  // the release was not made for its kind of machine
	SkipFixed Skip = "fixed" // it cannot change its own base system
)

// Skipped is a station that was chosen and is left out.
type Skipped struct {
	registry.Station
	Why Skip
}

// Draft is a rollout that has not begun.
type Draft struct {
	*rollout.Rollout // nil when no station is left
	Stations         map[wire.Station]registry.Station
	Skipped          []Skipped
}

// Draft works out what a rollout would be. Nothing changes.
func (c *Conductor) Draft(ctx context.Context, tenant wire.Tenant, p rollout.Plan, choice Choice) (Draft, error) {
	return c.draft(ctx, tenant, 0, p, choice)
}

func (c *Conductor) draft(ctx context.Context, tenant wire.Tenant, id int, p rollout.Plan, choice Choice) (Draft, error) {
	d := Draft{Stations: map[wire.Station]registry.Station{}}
	chosen, _, err := c.Fleet.Stations(ctx, tenant, choice.Query)
	if err != nil {
		return d, fmt.Errorf("list stations: %w", err)
	}
	busy, err := c.Store.Busy(ctx, tenant)
	if err != nil {
		return d, fmt.Errorf("list busy stations: %w", err)
	}
	var candidates []rollout.Station
	for _, st := range chosen {
		if why := skip(st, busy, choice.Archs); why != "" {
			d.Skipped = append(d.Skipped, Skipped{st, why})
			continue
		}
		d.Stations[st.ID] = st
		candidates = append(candidates, rollout.Station{ID: st.ID, Kit: st.Kit, Place: st.Place, Release: st.Reported.Base.Running, Heard: st.LastSeen})
	}
	d.Rollout, _, err = rollout.Start(id, p, candidates, c.Now())
	if errors.Is(err, rollout.ErrPlan) {
		return d, errors.Join(ErrPlan, err)
	}
	if errors.Is(err, rollout.ErrNobody) {
		return d, nil
	}
	return d, err
}

func skip(st registry.Station, busy map[wire.Station]int, archs []string) Skip {
	switch {
	case st.Lost():
		return SkipLost
	case st.Reported.Base == nil:
		return SkipFixed
	case !made(archs, st.Hello.Arch):
		return SkipArch
	case busy[st.ID] != 0:
		return SkipBusy
	}
	return ""
}

func made(archs []string, arch string) bool {
	for _, a := range archs {
		if a == arch {
			return true
		}
	}
	return len(archs) == 0
}

// Start begins a rollout and returns its number. Older rollouts let go of the
// stations it takes.
func (c *Conductor) Start(ctx context.Context, by registry.Actor, tenant wire.Tenant, p rollout.Plan, choice Choice, title string) (int, error) {
	id, err := c.begin(ctx, by, tenant, p, choice, title)
	if err != nil {
		return 0, err
	}
	if err := c.look(ctx, Ref{tenant, id}); err != nil {
		c.Log.Error("stations not asked yet", "rollout", id, "err", err) // the next sweep does
	}
	return id, nil
}

func (c *Conductor) begin(ctx context.Context, by registry.Actor, tenant wire.Tenant, p rollout.Plan, choice Choice, title string) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, err := c.Store.NextRollout(ctx, tenant)
	if err != nil {
		return 0, fmt.Errorf("number rollout: %w", err)
	}
	d, err := c.draft(ctx, tenant, id, p, choice)
	if err != nil {
		return 0, err
	}
	if d.Rollout == nil {
		return 0, fmt.Errorf("%w: %w", ErrPlan, rollout.ErrNobody)
	}
	now := c.Now()
	r := Record{Rollout: d.Rollout, Title: title, Edition: 1, Created: now, By: by.Login}
	if err := c.release(ctx, tenant, id, d.Rollout); err != nil {
		return 0, err
	}
	err = c.Store.AddRollout(ctx, tenant, r, Step{At: now, Who: by.Login, What: StepStart}, audit(by, now, "rollout.start", id, p.Release))
	if err != nil {
		return 0, fmt.Errorf("add rollout: %w", err)
	}
	c.Log.Info("rollout started", "rollout", id, "release", p.Release, "n", len(d.Members))
	return id, nil
}

// release makes older rollouts let go of a new one's stations. Cut short, they
// have let go, and the person starts again.
func (c *Conductor) release(ctx context.Context, tenant wire.Tenant, id int, next *rollout.Rollout) error {
	older, err := c.Store.Asking(ctx, tenant, id)
	if err != nil {
		return fmt.Errorf("list older rollouts: %w", err)
	}
	for _, old := range older {
		r, err := c.Store.Rollout(ctx, tenant, old)
		if err != nil {
			return fmt.Errorf("read older rollout: %w", err)
		}
		var taken []rollout.Event
		for _, m := range next.Members {
			taken = append(taken, rollout.Taken{Station: m.Station})
		}
		if err := c.change(ctx, tenant, r, taken, nil, registry.Audit{}); err != nil {
			return fmt.Errorf("release stations: %w", err)
		}
	}
	return nil
}

// Do carries out a person's decision on a rollout: [rollout.Pause],
// [rollout.Resume], [rollout.Abort], [rollout.Again] or [rollout.Back].
func (c *Conductor) Do(ctx context.Context, by registry.Actor, tenant wire.Tenant, id int, e rollout.Event) error {
	what, detail := named(e)
	if what == "" {
		return fmt.Errorf("%w: not a decision", ErrPlan)
	}
	if err := c.decide(ctx, by, tenant, id, e, what, detail); err != nil {
		return err
	}
	if err := c.look(ctx, Ref{tenant, id}); err != nil {
		c.Log.Error("stations not asked yet", "rollout", id, "err", err) // the next sweep does
	}
	return nil
}

func (c *Conductor) decide(ctx context.Context, by registry.Actor, tenant wire.Tenant, id int, e rollout.Event, what What, detail string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.Store.Rollout(ctx, tenant, id)
	if err != nil {
		return fmt.Errorf("read rollout: %w", err)
	}
	now := c.Now()
	step := Step{At: now, Who: by.Login, What: what, Detail: detail}
	return c.change(ctx, tenant, r, []rollout.Event{e}, []Step{step}, audit(by, now, "rollout."+string(what), id, detail))
}

// named says which step a decision is, and what of.
func named(e rollout.Event) (What, string) {
	switch e := e.(type) {
	case rollout.Pause:
		return StepPause, ""
	case rollout.Resume:
		return StepResume, ""
	case rollout.Abort:
		if e.Back {
			return StepUndo, ""
		}
		return StepAbort, ""
	case rollout.Again:
		return StepAgain, string(e.Station)
	case rollout.Back:
		if e.Kit != "" {
			return StepKit, e.Kit
		}
		return StepPlace, e.Place
	}
	return "", ""
}

func audit(by registry.Actor, now time.Time, what string, id int, detail string) registry.Audit {
	return registry.Audit{At: now, Who: by.Login, From: by.Address, What: what, Object: fmt.Sprint(id), Detail: detail}
}
