package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// uplink says what the connection needs to know of the rest of the program.
func (a *agent) uplink(me *identity.Station) uplink.Config {
	var online atomic.Bool
	return uplink.Config{
		Tenant: me.Tenant, Station: me.ID, Incarnation: me.Incarnation, Dir: a.Data, Log: a.log,
		Server:    a.server,
		TLS:       func() *tls.Config { return a.config(a.me.Load()) },
		Proxy:     a.proxy,
		Clock:     a.clock,
		Outbox:    &ledgers{outbox.Folder{Dir: a.Data}},
		Hello:     a.hello,
		Telemetry: a.health.Measure,
		Reported:  a.reported,
		Do:        a.carryOut,
		Desired:   func(d wire.Desired) { a.wantTrust(d.Trust); a.wantBase(d) },
		Changed: func(s uplink.Status) {
			kick(a.changed)
			if s.Online && !online.Swap(s.Online) {
				kick(a.refresh)
				a.unreached.Store(false)
				kick(a.moves)
			}
			online.Store(s.Online)
		},
		Failed: func(error) { a.unreached.Store(true); kick(a.renew); kick(a.doubt); kick(a.moves) },
	}
}

// hello names this machine; the uplink adds the logs.
func (a *agent) hello() wire.Hello {
	return wire.Hello{Boot: a.clock.Boot(), Boots: a.clock.Boots(), Slot: a.Slot, Release: a.Release, Agent: version,
		Arch: runtime.GOARCH, Model: a.machine().Model, Schemas: []string{outbox.Schema}}
}

// reported is the state the station has reached.
func (a *agent) reported() wire.Reported {
	snapshot := a.trust.Load().Snapshot()
	r := wire.Reported{Place: a.place(), Trust: snapshot.Version, Release: a.Release, Status: snapshot.StatusVersions(), Base: a.base()}
	if len(snapshot.Damaged) > 0 {
		r.Refused = append(r.Refused, "trust_damaged")
	}
	r.Refused = append(r.Refused, a.refusedLessons()...)
	return r
}

// place is where the mediator said the station is, from the launcher's file.
func (a *agent) place() string {
	var file struct {
		Day struct {
			Open  bool   `json:"open"`
			Place string `json:"place"`
		} `json:"day"`
	}
	b, err := os.ReadFile(filepath.Join(a.Data, "workshop.json"))
	if err != nil || json.Unmarshal(b, &file) != nil || !file.Day.Open {
		return ""
	}
	return file.Day.Place
}

// ledgers gives the uplink the outbox's readers.
type ledgers struct{ outbox.Folder }

// Open implements [uplink.Outbox].
func (l *ledgers) Open(ctx context.Context) (uplink.Ledger, []uplink.Ledger, error) {
	current, set, err := l.Folder.Open(ctx)
	aside := make([]uplink.Ledger, len(set))
	for i, r := range set {
		aside[i] = r
	}
	if current == nil {
		return nil, aside, err
	}
	return current, aside, err
}
