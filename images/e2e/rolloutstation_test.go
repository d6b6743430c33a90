package e2e_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

const (
	oldRelease = "2027.02.1"
	newRelease = "2027.03.1"
)

// crowdStation is one of many simulated stations: the uplink is the real one,
// its log is in memory, and taking a release is a word.
type crowdStation struct {
	me   *identity.Station
	dir  string
	seal age.Recipient
	fate func() (gate <-chan struct{}, well bool) // decided when it is asked for the release

	link *uplink.Uplink
	log  pass.LogID

	mu       sync.Mutex
	base     wire.BaseState
	entries  []pass.Entry
	ledger   pass.Ledger
	counters []wire.Counter
	rev      uint64
}

func newCrowdStation(t *testing.T, me *identity.Station, dir, server string, seal age.Recipient, fate func() (<-chan struct{}, bool)) *crowdStation {
	t.Helper()
	s := &crowdStation{me: me, dir: dir, seal: seal, fate: fate, log: pass.NewLogID(),
		base: wire.BaseState{Running: oldRelease, Slot: "a", State: wire.BaseIdle}}
	s.ledger = pass.Ledger{Tenant: string(me.Tenant), Station: string(me.ID), Log: s.log, Key: me.Ledger}
	link, err := uplink.New(uplink.Config{
		Tenant: me.Tenant, Station: me.ID, Incarnation: me.Incarnation, Dir: dir, Log: slog.New(slog.DiscardHandler),
		Server: func() string { return server },
		TLS:    func() *tls.Config { return me.TLS(func() time.Time { return time.Time{} }) },
		Clock:  crowdClock{}, Outbox: s,
		Hello: func() wire.Hello {
			return wire.Hello{Boot: "b", Slot: s.state().Slot, Release: s.state().Running, Agent: "crowd", Arch: "amd64", Model: "simulated"}
		},
		Telemetry: func(context.Context) wire.Telemetry { return wire.Telemetry{UptimeSeconds: 1} },
		Reported: func() wire.Reported {
			state := s.state()
			return wire.Reported{Release: state.Running, Base: &state}
		},
		Desired: func(d wire.Desired) { s.want(d.Base) },
		Do:      func(context.Context, wire.Job) (uplink.Done, error) { return uplink.Done{}, uplink.ErrUnknownJob },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.link = link
	return s
}

func (s *crowdStation) state() wire.BaseState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

func (s *crowdStation) become(base wire.BaseState) {
	s.mu.Lock()
	s.base = base
	s.mu.Unlock()
	s.link.Kick()
}

// want takes what the fleet asks for, each attempt once.
func (s *crowdStation) want(b *wire.Base) {
	now := s.state()
	if b == nil || b.Go == now.Go {
		return
	}
	now.Target, now.Go, now.Reason = b.Release, b.Go, ""
	if b.Release == now.Running {
		now.State = wire.BaseHealthy
		go s.become(now)
		return
	}
	gate, well := (<-chan struct{})(nil), true
	if b.Release == newRelease {
		gate, well = s.fate()
	}
	now.State = wire.BaseFetching
	go s.take(now, gate, well)
}

func (s *crowdStation) take(state wire.BaseState, gate <-chan struct{}, well bool) {
	s.become(state)
	if gate != nil {
		<-gate
	}
	if s.state().Go != state.Go {
		return // asked for something else meanwhile
	}
	state.State, state.Reason = wire.BaseFailed, "unhealthy:display"
	if well {
		state.State, state.Reason, state.Running, state.Slot = wire.BaseHealthy, "", state.Target, "b"
	}
	s.become(state)
}

// works records validations and a counter, as a morning at a market does.
func (s *crowdStation) works(validations int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range validations {
		seq := uint64(len(s.entries) + 1)
		rec := pass.Record{V: 1, Kind: pass.Validation, Tenant: string(s.me.Tenant), Station: string(s.me.ID), At: pass.Position{Log: s.log, Seq: seq},
			Stamp: pass.Stamp{Wall: time.Now().UTC(), Clock: pass.ClockNTP, Boot: "b"}, Structure: 1, Service: "KS-01", Posture: pass.PostureWith,
			Pass: &pass.Ref{Assurance: pass.QRSigned, Issuer: 9, Batch: 1, Serial: pass.Serial(seq), Key: 1}}
		text, err := rec.Encode()
		if err != nil {
			return err
		}
		entry, next, err := s.ledger.Next(sealed(text, s.seal))
		if err != nil {
			return err
		}
		s.entries, s.ledger = append(s.entries, entry), next
	}
	s.rev++
	s.counters = []wire.Counter{{Period: "2026-11-20/am", Clock: pass.ClockNTP, Place: "halles", Name: wire.CountSessions, Outcome: "ended",
		Value: uint64(len(s.entries)), Rev: s.rev}}
	return nil
}

func sealed(text []byte, to age.Recipient) []byte {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(fmt.Sprint("seal in memory: ", err))
	}
	return out.Bytes()
}

// stored reports whether the fleet said that it has everything.
func (s *crowdStation) stored() bool {
	acked := s.link.Status().Ack
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range acked.Logs {
		if l.Log == s.log {
			return l.Seq >= uint64(len(s.entries)) && l.Rev >= s.rev
		}
	}
	return false
}

// The station as its own outbox.

// Changed implements [uplink.Outbox].
func (s *crowdStation) Changed() bool { return !s.stored() }

// Open implements [uplink.Outbox].
func (s *crowdStation) Open(context.Context) (uplink.Ledger, []uplink.Ledger, error) {
	return s, nil, nil
}

// Log implements [uplink.Ledger].
func (s *crowdStation) Log(context.Context) (pass.LogID, error) { return s.log, nil }

// Entries implements [uplink.Ledger].
func (s *crowdStation) Entries(_ context.Context, from uint64, most int) (uint64, []pass.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from = max(from, 1)
	if from > uint64(len(s.entries)) {
		return from, nil, nil
	}
	rest := s.entries[from-1:]
	return from, rest[:min(len(rest), most)], nil
}

// ChangedCounters implements [uplink.Ledger].
func (s *crowdStation) ChangedCounters(_ context.Context, rev uint64, _ int) ([]wire.Counter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rev <= rev {
		return nil, nil
	}
	return s.counters, nil
}

// Head implements [uplink.Ledger].
func (s *crowdStation) Head(context.Context) (seq, rev uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint64(len(s.entries)), s.rev, nil
}

// Close implements [uplink.Ledger].
func (s *crowdStation) Close() error { return nil }

type crowdClock struct{}

// Now implements [uplink.Clock].
func (crowdClock) Now() (time.Time, pass.Quality) { return time.Now(), pass.ClockNTP }

// SetServer implements [uplink.Clock].
func (crowdClock) SetServer(time.Time) error { return nil }
