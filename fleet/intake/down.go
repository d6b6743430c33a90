package intake

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// Retained says what a station should know as soon as it subscribes: the
// time, what is stored of its logs, the state to reach and the order that
// waits.
func (d *Desk) Retained(ctx context.Context, peer identity.Peer, say func(wire.Kind, []byte)) error {
	messages := []struct {
		kind wire.Kind
		read func() (wire.Message, error)
	}{
		{wire.KindTime, func() (wire.Message, error) { return &wire.Time{Now: d.Now().UTC()}, nil }},
		{wire.KindAck, func() (wire.Message, error) { return d.Acks.read(ctx, peer.Tenant, peer.Station) }},
		{wire.KindDesired, func() (wire.Message, error) { return d.desired(ctx, peer) }},
		{wire.KindJob, func() (wire.Message, error) { return d.job(ctx, peer) }},
	}
	for _, m := range messages {
		message, err := m.read()
		if err != nil {
			return fmt.Errorf("retained %s: %w", m.kind, err)
		}
		if message == nil {
			continue
		}
		payload, err := wire.Encode(message)
		if err != nil {
			return fmt.Errorf("retained %s: %w", m.kind, err)
		}
		say(m.kind, payload)
	}
	return nil
}

func (d *Desk) desired(ctx context.Context, peer identity.Peer) (wire.Message, error) {
	desired, err := d.Store.Desired(ctx, peer.Tenant, peer.Station)
	if err != nil || desired.Version == 0 {
		return nil, err
	}
	return &desired, nil
}

func (d *Desk) job(ctx context.Context, peer identity.Peer) (wire.Message, error) {
	job, err := d.Store.NextJob(ctx, peer.Tenant, peer.Station, d.Now())
	if err != nil || job.ID == "" {
		return nil, err
	}
	return &job, nil
}

// Left notes that a station's connection ended. will is the state that it
// left for this moment; without one, the state stays as it was.
func (d *Desk) Left(ctx context.Context, peer identity.Peer, will []byte) {
	var m wire.State
	if err := wire.Decode(will, &m); err != nil {
		return
	}
	m.Online = false
	if err := d.Store.SetOnline(ctx, peer.Tenant, peer.Station, m, d.Now()); err != nil {
		d.Log.Error("end of connection not stored", "station", peer.Station, "err", err)
	}
}

// Acks tells stations what is stored. Stations whose turn comes at the same
// time are told once for all they sent: under load one ack covers many messages.
type Acks struct {
	Store interface {
		Epoch() string
		Acks(ctx context.Context, tenant wire.Tenant, id wire.Station) ([]wire.LogAck, error)
	}
	Push func(tenant wire.Tenant, id wire.Station, kind wire.Kind, payload []byte) error
	Log  *slog.Logger

	mu   sync.Mutex
	due  map[station]struct{}
	once sync.Once
	wake chan struct{}
}

type station struct {
	tenant wire.Tenant
	id     wire.Station
}

// ackWithin bounds one station's turn.
const ackWithin = 10 * time.Second

func (a *Acks) awake() chan struct{} {
	a.once.Do(func() { a.wake = make(chan struct{}, 1) })
	return a.wake
}

// Due notes that a station is to be told. Call it after the commit.
func (a *Acks) Due(tenant wire.Tenant, id wire.Station) {
	a.mu.Lock()
	if a.due == nil {
		a.due = make(map[station]struct{})
	}
	a.due[station{tenant, id}] = struct{}{}
	a.mu.Unlock()
	select {
	case a.awake() <- struct{}{}:
	default:
	}
}

// Run tells stations until ctx is done.
func (a *Acks) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.awake():
		}
		for s := range a.turn() {
			if ctx.Err() != nil {
				return nil
			}
			a.tell(ctx, s)
		}
	}
}

func (a *Acks) turn() map[station]struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	due := a.due
	a.due = nil
	return due
}

// tell pushes an ack read from a snapshot of its own. A station that is not
// there learns it when it comes back.
func (a *Acks) tell(ctx context.Context, s station) {
	ctx, cancel := context.WithTimeout(ctx, ackWithin)
	defer cancel()
	ack, err := a.read(ctx, s.tenant, s.id)
	if err != nil {
		a.Log.Error("ack not read", "station", s.id, "err", err)
		return
	}
	payload, err := wire.Encode(ack)
	if err != nil {
		a.Log.Error("ack not encoded", "station", s.id, "err", err)
		return
	}
	if err := a.Push(s.tenant, s.id, wire.KindAck, payload); err != nil {
		a.Log.Debug("ack not sent", "station", s.id, "err", err)
	}
}

func (a *Acks) read(ctx context.Context, tenant wire.Tenant, id wire.Station) (*wire.Ack, error) {
	logs, err := a.Store.Acks(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	if logs == nil {
		logs = []wire.LogAck{}
	}
	return &wire.Ack{Epoch: a.Store.Epoch(), Logs: logs}, nil
}
