package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/device/session"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// place is where the station is: where the day is held, or its usual place.
func (s *station) place() wire.Place {
	d := s.desired.Get()
	d.Places = s.first.order(d.Places)
	where, _ := place(d, s.shop.Day().Place)
	return where
}

// takes reports whether passes are validated here: the structure has them and
// this is the mediator's station.
func (s *station) takes() bool {
	d := s.desired.Get()
	return s.me != nil && d.Passes && d.Role == wire.RoleMediator
}

// rules are the session's, in a workshop or alone.
func (s *station) rules() session.Rules {
	d, r := s.desired.Get(), session.DefaultRules()
	if d.IdleSeconds > 0 {
		r.IdleAfter = time.Duration(d.IdleSeconds) * time.Second
	}
	r.Workshop = s.shop.Day().Open || d.Mode == wire.ModeWorkshop
	return r
}

// setting is the open day as a validation needs it.
func (s *station) setting() redeem.Setting {
	d, day := s.desired.Get(), s.shop.Day()
	grant, _ := s.door.Grant()
	where := s.place()
	return redeem.Setting{
		Open: day.Open, Passes: s.me != nil && d.Passes, Role: d.Role, Structure: d.Structure.ID, SIRET: d.Structure.SIRET,
		Place: where.ID, Zone: zoneOf(where), Service: day.Service, Posture: day.Posture,
		Card: grant.Card, PaperKept: day.PaperKept, Degraded: day.Tally.Degraded,
	}
}

// keys is what opens mediator mode today.
func (s *station) keys() workshop.Keys {
	k := workshop.Keys{
		Cards: s.trust.Snapshot().Cards, Tenant: string(s.tenant()), Structure: s.desired.Get().Structure.ID,
		Earliest: pass.DayOf(s.clock.Floor()),
	}
	if now, quality := s.clock.Now(); quality != pass.ClockUnset {
		k.Today = pass.DayOf(now.In(zoneOf(s.place())))
	}
	return k
}

// today is what public pages say of the day.
func (s *station) today() kiosk.Today {
	d, day := s.desired.Get(), s.shop.Day()
	t := kiosk.Today{
		Open: day.Open, Place: s.place().Name, Lesson: day.Lesson(), Contact: d.Contact, Label: d.Label, Banner: d.Banner,
		Elsewhere: d.Passes && d.Role != wire.RoleMediator, Wanted: s.finder.wanted.Load(),
		Alone: s.me == nil, Lost: s.me == nil && s.lost(),
	}
	if now, quality := s.clock.Now(); quality != pass.ClockUnset {
		t.Date = now.In(s.zone.of(s.place()))
	}
	return t
}

// lost reports whether the fleet that this station was of declared it lost.
func (s *station) lost() bool {
	_, err := os.Stat(filepath.Join(s.p.Data, slot.KitLost))
	return err == nil
}

// visits is the session as pages see it. Somebody's time beginning or ending
// shuts mediator mode: whoever sits down next is not the mediator.
type visits struct {
	*session.Keeper
	door *workshop.Door
}

// Begin starts a session with mediator mode shut.
func (v visits) Begin() error {
	v.door.Lock()
	return v.Keeper.Begin()
}
