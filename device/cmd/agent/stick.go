package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/carry"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
	"github.com/mallette-kit/mallette/provisioning/release"
)

const (
	stickPoll     = time.Second
	stickTime     = 20 * time.Minute // for all that is on one
	stickIdle     = 10               // polls until an update must have begun
	stickBaseFile = "stick-base.json"
	stickAttempt  = "stick" // names the attempt at a release that a stick brought
)

// watchStick takes what is on a stick that a mediator shows, and says what it
// was. Nothing on a stick is believed more than the same from the network.
func (a *agent) watchStick(ctx context.Context) error {
	var last string
	for a.Stick != "" && sleep(ctx, stickPoll) {
		v, ok := carry.Asked(a.Run)
		if !ok || v.ID == last {
			continue
		}
		last = v.ID
		a.visit(ctx, v)
	}
	<-ctx.Done()
	return ctx.Err()
}

func (a *agent) visit(ctx context.Context, v carry.Visit) {
	ctx, cancel := context.WithTimeout(ctx, stickTime)
	defer cancel()
	f := carry.Found{ID: v.ID}
	a.tellFound(f)
	f.Copy = a.copyOn(ctx)
	f.Signed = a.trust.Load().Snapshot().SignedAt
	a.tellFound(f)
	if f.Copy == carry.CopyTaken || f.Copy == carry.CopyOlder {
		f.Lessons = a.bringLessons(ctx) != nil
		f.Books = a.booksOfStick(ctx) != nil
		a.baseFromStick(ctx, &f)
	}
	f.Done = true
	a.tellFound(f)
	a.log.Info("stick looked at", "copy", string(f.Copy))
}

func (a *agent) tellFound(f carry.Found) {
	if err := carry.Tell(a.Run, f); err != nil {
		a.log.Warn("what is on a stick not told", "err", err)
	}
}

// copyOn takes the lists of a stick, if they are its fleet's.
func (a *agent) copyOn(ctx context.Context) carry.Copy {
	t := a.trust.Load()
	err := t.Refresh(ctx, release.Dir(a.Stick), a.now())
	a.clock.RaiseFloor(t.Snapshot().SignedAt)
	kick(a.changed)
	switch {
	case err == nil:
		return carry.CopyTaken
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, release.ErrNotFound):
		return carry.CopyNone
	case errors.Is(err, release.ErrRollback):
		return carry.CopyOlder
	case errors.Is(err, release.ErrExpired):
		return carry.CopyExpired
	}
	a.log.Warn("copy on a stick refused", "err", err)
	return carry.CopyRefused
}

// baseFromStick moves towards the release that the fleet ordered, or else, on a
// station that was never ordered any, the newest on the stick, for as long as the
// stick is there and there is something to bring.
func (a *agent) baseFromStick(ctx context.Context, f *carry.Found) {
	if a.update == nil {
		return
	}
	a.chooseBase(ctx)
	want := a.wanted()
	if want == nil || want.Release == a.Release {
		return
	}
	a.update.Hurry()
	for idle := 0; idle < stickIdle; idle++ {
		if s := a.update.State(); s.Target == want.Release && s.Go == want.Go {
			f.Base = &s
			a.tellFound(*f)
			if s.State != wire.BaseChecking && s.State != wire.BaseFetching {
				return
			}
			idle = 0
		}
		if v, ok := carry.Asked(a.Run); !ok || v.ID != f.ID || !sleep(ctx, stickPoll) {
			return
		}
	}
}

// wanted is the release that the station is to reach, if any.
func (a *agent) wanted() *wire.Base {
	if d, err := a.desired(); err == nil && d.Base != nil {
		return d.Base
	}
	return a.stickBase()
}

// chooseBase keeps its choice: the station may be switched off before it was
// brought whole.
func (a *agent) chooseBase(ctx context.Context) {
	d, err := a.desired()
	if err != nil && !errors.Is(err, fs.ErrNotExist) || d.Base != nil {
		return
	}
	newest, ok := a.newest(ctx)
	if !ok {
		return
	}
	text, err := json.Marshal(wire.Base{Release: newest.Release, Go: stickAttempt})
	if err == nil {
		err = durable.Replace(filepath.Join(a.Data, stickBaseFile), text, 0o600)
	}
	if err != nil {
		a.log.Warn("release of a stick not noted", "err", err)
		return
	}
	a.wantBase(d)
}

// newest is the release that was made last, if it was made after the one that
// runs.
func (a *agent) newest(ctx context.Context) (newest release.Base, ok bool) {
	t := a.trust.Load()
	running, err := t.Base(ctx, release.Dir(a.Stick), update.Arch, a.Release)
	if err != nil {
		a.log.Info("running release is on no list", "why", err)
	}
	newest = running
	for _, name := range t.Releases(update.Arch) {
		b, err := t.Base(ctx, release.Dir(a.Stick), update.Arch, name)
		if err == nil && b.Release != a.Release && b.Made.After(newest.Made) {
			newest, ok = b, true
		}
	}
	return newest, ok
}

// stickBase is the release that a stick brought, unless the fleet said another.
func (a *agent) stickBase() *wire.Base {
	var b wire.Base
	text, err := os.ReadFile(filepath.Join(a.Data, stickBaseFile))
	if err != nil || json.Unmarshal(text, &b) != nil || !wire.ValidRelease(b.Release) {
		return nil
	}
	return &b
}
