package session_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mallette-kit/mallette/device/session"
)

// tally collects how sessions ended.
type tally struct {
	mu   sync.Mutex
	ends []session.Outcome
}

func (s *tally) add(o session.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends = append(s.ends, o)
}

// run plays a story in simulated time with a running keeper.
func run(t *testing.T, rules session.Rules, story func(*session.Keeper)) []session.Outcome {
	t.Helper()
	var ends tally
	synctest.Test(t, func(t *testing.T) {
		keeper := session.NewKeeper(rules, ends.add)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- keeper.Run(ctx) }()
		synctest.Wait()
		story(keeper)
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v; want context.Canceled", err)
		}
	})
	return ends.ends
}

func passTime(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// Neither fails on a station without a sandbox.
func begin(k *session.Keeper) { _ = k.Begin() }
func end(k *session.Keeper)   { _ = k.End() }

func TestKeeperStories(t *testing.T) {
	cases := []struct {
		name  string
		rules session.Rules
		story func(*session.Keeper)
		phase session.Phase
		ends  []session.Outcome
	}{
		{"finished by the person", session.DefaultRules(), func(k *session.Keeper) { begin(k); end(k) },
			session.Ended, []session.Outcome{session.ByPerson}},
		{"finished twice counts once", session.DefaultRules(), func(k *session.Keeper) { begin(k); end(k); end(k) },
			session.Ended, []session.Outcome{session.ByPerson}},
		{"left without a word", session.DefaultRules(), func(k *session.Keeper) { begin(k); passTime(5 * time.Minute) },
			session.Idle, []session.Outcome{session.ByIdle}},
		{"answers each warning", session.DefaultRules(), func(k *session.Keeper) {
			begin(k)
			for range 20 {
				k.Extend()
				passTime(239 * time.Second)
			}
		}, session.Warning, nil},
		{"talks all morning in a workshop", workshop(session.DefaultRules()), func(k *session.Keeper) { begin(k); passTime(4 * time.Hour) },
			session.Active, nil},
		{"a workshop begins during a warning", session.DefaultRules(), func(k *session.Keeper) {
			begin(k)
			passTime(200 * time.Second)
			k.Apply(workshop(session.DefaultRules()))
			passTime(time.Hour)
		}, session.Active, nil},
		{"the same rules again give no extra time", session.DefaultRules(), func(k *session.Keeper) {
			begin(k)
			passTime(179 * time.Second)
			k.Apply(session.DefaultRules())
			passTime(2 * time.Second)
		}, session.Warning, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var phase session.Phase
			ends := run(t, c.rules, func(k *session.Keeper) { c.story(k); phase = k.Phase() })
			if phase != c.phase || !slices.Equal(ends, c.ends) {
				t.Errorf("story = %v, ends %v; want %v, %v", phase, ends, c.phase, c.ends)
			}
		})
	}
}

func TestChangedTellsOfTheWarning(t *testing.T) {
	run(t, session.DefaultRules(), func(k *session.Keeper) {
		begin(k)
		began := time.Now()
		if k.Idle() != 180*time.Second || !k.Active() {
			t.Errorf("Idle = %v, Active = %v; want 3m0s, true", k.Idle(), k.Active())
		}
		<-k.Changed()
		if left, warned := k.Warning(); left != time.Minute || !warned {
			t.Errorf("Warning = %v, %v; want 1m0s, true", left, warned)
		}
		if got := time.Since(began); got != 180*time.Second || k.Phase() != session.Warning {
			t.Errorf("next change = %v after %v; want warning after 180s", k.Phase(), got)
		}
	})
}
