package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// Desk takes what stations say, stores it and says nothing before. All fields
// but Reported are required, and set once. It is safe for concurrent use.
type Desk struct {
	Store   Store
	Acks    *Acks
	Awake   func() // called when there is something new to judge
	Settler Settler
	Now     func() time.Time
	Log     *slog.Logger
	Metrics *Metrics

	Reported func() // called when a station said what became of a release
}

// Receive stores a message that peer published on topic. It returns nil once
// everything worth keeping is committed, and an error when nothing may be
// acknowledged. A message that is not believed is kept in quarantine.
func (d *Desk) Receive(ctx context.Context, peer identity.Peer, topic wire.Topic, payload []byte) error {
	err := d.take(ctx, peer, topic, payload)
	if alarm, ok := errors.AsType[disbelief](err); ok {
		return d.setAside(ctx, peer, topic.Kind, alarm, payload)
	}
	if err != nil {
		return fmt.Errorf("receive %s: %w", topic.Kind, err)
	}
	d.Metrics.message(topic.Kind, "stored")
	return nil
}

// disbelief says why a message goes to quarantine.
type disbelief struct{ alarm Alarm }

// Error implements error.
func (d disbelief) Error() string { return "not believed: " + string(d.alarm) }

func (d *Desk) setAside(ctx context.Context, peer identity.Peer, kind wire.Kind, why disbelief, payload []byte) error {
	err := d.Store.Quarantine(ctx, Quarantined{Tenant: peer.Tenant, Station: peer.Station, Kind: kind, Alarm: why.alarm, Payload: payload})
	if err != nil {
		return fmt.Errorf("quarantine %s: %w", kind, err)
	}
	d.Metrics.message(kind, "quarantined")
	d.Log.Warn("message quarantined", "station", peer.Station, "kind", kind, "alarm", why.alarm)
	return nil
}

// take stores a message by its kind.
func (d *Desk) take(ctx context.Context, peer identity.Peer, topic wire.Topic, payload []byte) error {
	switch topic.Kind {
	case wire.KindRecords:
		return d.records(ctx, peer, payload)
	case wire.KindCounters:
		return d.counters(ctx, peer, payload)
	case wire.KindHello:
		return d.hello(ctx, peer, payload)
	case wire.KindState:
		return store(ctx, d, peer, payload, d.Store.SetOnline)
	case wire.KindTelemetry:
		return store(ctx, d, peer, payload, d.Store.SaveTelemetry)
	case wire.KindReported:
		return d.reported(ctx, peer, payload)
	case wire.KindProgress:
		return d.progress(ctx, peer, payload)
	}
	return disbelief{AlarmMalformed}
}

// store decodes a message that is kept as it is.
func store[M any, P interface {
	*M
	wire.Message
}](ctx context.Context, d *Desk, peer identity.Peer, payload []byte,
	save func(context.Context, wire.Tenant, wire.Station, M, time.Time) error) error {
	var m M
	if err := decode(payload, P(&m)); err != nil {
		return err
	}
	return save(ctx, peer.Tenant, peer.Station, m, d.Now())
}

func decode(payload []byte, m wire.Message) error {
	if err := wire.Decode(payload, m); err != nil {
		return disbelief{AlarmMalformed}
	}
	return nil
}

func (d *Desk) records(ctx context.Context, peer identity.Peer, payload []byte) error {
	var m wire.Records
	if err := decode(payload, &m); err != nil {
		return err
	}
	return d.keepRecords(ctx, peer, m)
}

func (d *Desk) keepRecords(ctx context.Context, peer identity.Peer, m wire.Records) error {
	for i, e := range m.Entries {
		at := Log{peer.Tenant, peer.Station, m.Log}
		if _, err := open(at, m.First+uint64(i), e); err != nil {
			return disbelief{AlarmJournal}
		}
	}
	if err := d.Store.AddEvidence(ctx, peer.Tenant, peer.Station, peer.Incarnation, m); err != nil {
		return err
	}
	d.Acks.Due(peer.Tenant, peer.Station)
	d.Awake()
	return nil
}

func (d *Desk) counters(ctx context.Context, peer identity.Peer, payload []byte) error {
	var m wire.Counters
	if err := decode(payload, &m); err != nil {
		return err
	}
	return d.keepCounters(ctx, peer, m)
}

func (d *Desk) keepCounters(ctx context.Context, peer identity.Peer, m wire.Counters) error {
	if slices.ContainsFunc(m.Counters, func(c wire.Counter) bool { return max(c.Value, c.Rev) > math.MaxInt64 }) {
		return disbelief{AlarmMalformed} // no database column holds it
	}
	if err := d.Store.AddCounters(ctx, peer.Tenant, peer.Station, peer.Incarnation, m); err != nil {
		return err
	}
	d.Acks.Due(peer.Tenant, peer.Station)
	return nil
}

func (d *Desk) hello(ctx context.Context, peer identity.Peer, payload []byte) error {
	var m wire.Hello
	if err := decode(payload, &m); err != nil {
		return err
	}
	if m.Incarnation != peer.Incarnation {
		return disbelief{AlarmMalformed}
	}
	dated, err := d.Store.SaveBoots(ctx, peer.Tenant, peer.Station, d.plausible(m.Boots))
	if err != nil {
		return err
	}
	if dated {
		d.Settler.Wake(peer.Tenant)
	}
	return d.Store.SaveHello(ctx, peer.Tenant, peer.Station, m, d.Now())
}

func (d *Desk) reported(ctx context.Context, peer identity.Peer, payload []byte) error {
	return store(ctx, d, peer, payload, func(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.Reported, at time.Time) error {
		err := d.Store.SaveReported(ctx, tenant, id, m, at)
		if err == nil && d.Reported != nil && concludes(m.Base) {
			d.Reported()
		}
		return err
	})
}

// concludes reports whether a station says what became of a release, and not
// only how far it is.
func concludes(s *wire.BaseState) bool {
	return s != nil && (s.State == wire.BaseHealthy || s.State == wire.BaseFailed || s.State == wire.BaseIdle)
}

// progress stores how far an order is; when it is over the station, which may
// stay connected for a long time, is told the next one.
func (d *Desk) progress(ctx context.Context, peer identity.Peer, payload []byte) error {
	if err := store(ctx, d, peer, payload, d.Store.SaveProgress); err != nil {
		return err
	}
	var m wire.Progress
	if err := decode(payload, &m); err != nil || m.Status == "accepted" || m.Status == "running" {
		return err
	}
	next, err := d.job(ctx, peer)
	if err != nil || next == nil {
		return err
	}
	order, err := wire.Encode(next)
	if err != nil {
		return fmt.Errorf("next order: %w", err)
	}
	if err := d.Acks.Push(peer.Tenant, peer.Station, wire.KindJob, order); err != nil {
		d.Log.Debug("next order not sent", "station", peer.Station, "err", err)
	}
	return nil
}

// plausible leaves out boots whose clock is in the future or before there was
// anything to record: a wrong date is worse than none.
func (d *Desk) plausible(boots []wire.BootTime) []wire.BootTime {
	var kept []wire.BootTime
	for _, b := range boots {
		if b.Boot != "" && len(b.Boot) <= 64 && b.Mono >= 0 && d.sane(b.Wall) {
			kept = append(kept, b)
		}
	}
	return kept
}

func (d *Desk) sane(t time.Time) bool {
	return t.Year() >= 2020 && t.Before(d.Now().Add(24*time.Hour))
}
