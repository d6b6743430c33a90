package main

import (
	"context"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/fleet/pass"
)

const (
	deadlineDays = 30 // before the last day to ask for payment
	quietDays    = 7  // without a sync before somebody is told
	namedPacks   = 5  // refused packs told one by one
)

// state is what the mediator may know of the station.
func (s *station) state(ctx context.Context) kiosk.Station {
	d, sync := s.desired.Get(), s.link.Status()
	where := s.place()
	st := kiosk.Station{
		Enrolled: s.me != nil, Label: d.Label, Kit: d.Kit, Release: version, Structure: d.Structure.Name,
		Places: s.first.order(d.Places), Role: d.Role, Zone: zoneOf(where), Online: sync.Online,
		Reader: s.reader.connected.Load(), CardError: s.reader.CardError(),
	}
	if s.me != nil {
		st.ID = s.me.ID
	}
	if net, err := network.Read(s.p.flags.Run); err == nil {
		st.Offline = net.Reason
	}
	now, quality := s.clock.Now()
	st.Clock = quality
	if quality != pass.ClockUnset {
		st.Now = now.In(st.Zone)
	}
	if !sync.LastSync.IsZero() {
		st.LastSync = sync.LastSync.In(st.Zone)
	}
	if pending, err := s.box.Pending(ctx, s.link.Ack()); err == nil {
		st.Records, st.Counters = int(pending.Records), int(pending.Counters)
	}
	st.Alerts = s.alerts(ctx, st, now)
	return st
}

// alerts lists what somebody should do something about. now is at least a
// floor: a deadline that is near for certain is told even without a clock.
func (s *station) alerts(ctx context.Context, st kiosk.Station, now time.Time) []kiosk.Alert {
	list := started()
	if s.me == nil {
		return list
	}
	list = append(list, s.deadline(ctx, now)...)
	if s.full() {
		list = append(list, kiosk.Alert{Kind: kiosk.AlertDisk})
	}
	if len(s.box.Report().Aside) > 0 {
		list = append(list, kiosk.Alert{Kind: kiosk.AlertAside})
	}
	if st.Clock == pass.ClockUnset {
		list = append(list, kiosk.Alert{Kind: kiosk.AlertClock})
	}
	if days := daysSince(now, st.LastSync); !st.Online && !st.LastSync.IsZero() && days >= quietDays {
		list = append(list, kiosk.Alert{Kind: kiosk.AlertSync, N: days})
	}
	list = append(list, refusedLessons(s.lessons.Refused())...)
	if !s.takes() {
		return list
	}
	if days, old := s.oldLists(now); old {
		list = append(list, kiosk.Alert{Kind: kiosk.AlertLists, N: days})
	}
	if !st.Reader {
		list = append(list, kiosk.Alert{Kind: kiosk.AlertReader})
	}
	return list
}

// refusedLessons names the first packs that are not shown, and counts the rest.
func refusedLessons(refused []lesson.Refusal) []kiosk.Alert {
	var list []kiosk.Alert
	for i, r := range refused {
		if i == namedPacks {
			return append(list, kiosk.Alert{Kind: kiosk.AlertLessons, N: len(refused) - i})
		}
		list = append(list, kiosk.Alert{Kind: kiosk.AlertLesson, File: r.Pack, Why: r.Err})
	}
	return list
}

// deadline warns of validations that the fleet has not stored and whose batch
// will soon be past payment: the soonest date, and how many.
func (s *station) deadline(ctx context.Context, now time.Time) []kiosk.Alert {
	lots, err := s.box.Unsent(ctx, s.link.Ack())
	if err != nil {
		return nil
	}
	snapshot, zone := s.trust.Snapshot(), zoneOf(s.place())
	var first pass.Day
	n, limit := 0, int(pass.DayOf(now.In(zone)))+deadlineDays
	for lot, count := range lots {
		m, ok := snapshot.Manifests[trust.Lot(lot)]
		if !ok || int(m.PresentBy) > limit {
			continue
		}
		n += count
		if first == 0 || m.PresentBy < first {
			first = m.PresentBy
		}
	}
	if n == 0 {
		return nil
	}
	return []kiosk.Alert{{Kind: kiosk.AlertDeadline, N: n, By: first.In(zone)}}
}

// oldLists finds the oldest status list of a batch in use that is past the age
// at which its passes are accepted sparingly.
func (s *station) oldLists(now time.Time) (days int, old bool) {
	snapshot, today := s.trust.Snapshot(), pass.DayOf(now)
	for lot, m := range snapshot.Manifests {
		list, ok := snapshot.Statuses[lot]
		if !ok || m.Revoked || today > m.ToleranceUntil {
			continue
		}
		if age := daysSince(now, list.IssuedAt); age > m.Limits.DegradedAfterDays && age > days {
			days, old = age, true
		}
	}
	return days, old
}

func daysSince(now, then time.Time) int { return int(max(0, now.Sub(then)) / (24 * time.Hour)) }
