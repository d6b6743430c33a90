package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/rollout"
	"github.com/mallette-kit/mallette/fleet/wire"
)

var monday = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

func record(t *testing.T, id int, stations ...wire.Station) conductor.Record {
	t.Helper()
	var list []rollout.Station
	for _, s := range stations {
		list = append(list, rollout.Station{ID: s, Kit: "kit-1", Release: "2027.02.1"})
	}
	r, _, err := rollout.Start(id, rollout.Usual("2027.03.1"), list, monday)
	if err != nil {
		t.Fatal(err)
	}
	return conductor.Record{Rollout: r, Title: "Tout", Edition: 1, Created: monday, By: "ada"}
}

// rollouts: what is kept comes back, and of two changes at once one is refused.
func rollouts(t *testing.T, b bench) {
	ctx := t.Context()
	id, err := b.NextRollout(ctx, Tenant)
	if err != nil || id != 1 {
		t.Fatalf("NextRollout() = %d, %v; want 1", id, err)
	}
	r := record(t, id, b.log.Station)
	a := registry.Audit{At: monday, Who: "ada", What: "rollout.start", Object: "1"}
	if err := b.AddRollout(ctx, Tenant, r, conductor.Step{At: monday, Who: "ada", What: conductor.StepStart}, a); err != nil {
		t.Fatal(err)
	}
	got, err := b.Rollout(ctx, Tenant, id)
	if err != nil || !reflect.DeepEqual(got, fresh(r)) {
		t.Fatalf("Rollout() = %+v, %v; want %+v", got, err, r)
	}
	got.Apply(rollout.Pause{}, monday.Add(time.Hour))
	got.Members[0].Want = ""
	step := conductor.Step{At: monday.Add(time.Hour), Who: "ada", What: conductor.StepPause}
	if err := b.SaveRollout(ctx, Tenant, got, got.Members, []conductor.Step{step}, a); err != nil {
		t.Fatal(err)
	}
	if err := b.SaveRollout(ctx, Tenant, got, nil, nil, a); !errors.Is(err, conductor.ErrConflict) {
		t.Errorf("SaveRollout(what was changed meanwhile) = %v; want %v", err, conductor.ErrConflict)
	}
	again, err := b.Rollout(ctx, Tenant, id)
	if err != nil || again.Phase != rollout.Paused || again.Edition != 2 || again.Members[0] != got.Members[0] {
		t.Errorf("Rollout() = %+v, %v; want the pause, edition 2", again, err)
	}
	steps, err := b.RolloutSteps(ctx, Tenant, id)
	if err != nil || len(steps) != 2 || steps[0] != step {
		t.Errorf("RolloutSteps() = %+v, %v; want the pause first", steps, err)
	}
	if refs, err := b.Watched(ctx); err != nil || len(refs) != 1 || refs[0] != (conductor.Ref{Tenant: Tenant, ID: id}) {
		t.Errorf("Watched() = %+v, %v; want the rollout", refs, err)
	}
	if busy, err := b.Busy(ctx, Tenant); err != nil || busy[b.log.Station] != id {
		t.Errorf("Busy() = %v, %v; want the station", busy, err)
	}
}

// fresh is r as a store gives it: its index is not part of it.
func fresh(r conductor.Record) conductor.Record {
	bare := *r.Rollout
	r.Rollout = &rollout.Rollout{ID: bare.ID, Plan: bare.Plan, Phase: bare.Phase, Why: bare.Why, Wave: bare.Wave, Opened: bare.Opened,
		Proved: bare.Proved, Passed: bare.Passed, Stopped: bare.Stopped, Until: bare.Until, Members: bare.Members, Forgiven: bare.Forgiven}
	return r
}

// bases: an order becomes a newer desired state, the same order nothing new.
func bases(t *testing.T, b bench) {
	ctx := t.Context()
	order := registry.BaseOrder{Station: b.log.Station, Base: &wire.Base{Release: "2027.03.1", Go: "r1-1", Windows: []wire.Window{{From: "22:00", To: "05:00"}}}}
	changes, err := b.SaveBases(ctx, Tenant, []registry.BaseOrder{order})
	if err != nil || len(changes) != 1 || changes[0].Desired.Version != 2 || !reflect.DeepEqual(changes[0].Desired.Base, order.Base) {
		t.Fatalf("SaveBases() = %+v, %v; want version 2 with the order", changes, err)
	}
	if changes, err := b.SaveBases(ctx, Tenant, []registry.BaseOrder{order}); err != nil || len(changes) != 0 {
		t.Errorf("SaveBases(the same) = %+v, %v; want nothing", changes, err)
	}
	state := &wire.BaseState{Running: "2027.03.1", Slot: "b", Target: "2027.03.1", Go: "r1-1", State: wire.BaseHealthy}
	if err := b.SaveReported(ctx, Tenant, b.log.Station, wire.Reported{Version: 2, Base: state}, monday); err != nil {
		t.Fatal(err)
	}
	r := record(t, 1, b.log.Station)
	if err := b.AddRollout(ctx, Tenant, r, conductor.Step{What: conductor.StepStart}, registry.Audit{At: monday, What: "rollout.start"}); err != nil {
		t.Fatal(err)
	}
	news, err := b.News(ctx, Tenant, 1)
	want := []conductor.News{{Station: b.log.Station, Asked: order.Base, State: state}}
	if err != nil || !reflect.DeepEqual(news, want) {
		t.Errorf("News() = %+v, %v; want %+v", news, err, want)
	}
	order.Base = nil
	if changes, err := b.SaveBases(ctx, Tenant, []registry.BaseOrder{order}); err != nil || len(changes) != 1 || changes[0].Desired.Base != nil {
		t.Errorf("SaveBases(nothing) = %+v, %v; want a desired state without", changes, err)
	}
}
