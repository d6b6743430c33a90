package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// statusFile is what the launcher reads; see status for its content.
const statusFile = "agent.json"

// statusPoll is how soon a new record shows as pending.
const statusPoll = 5 * time.Second

// status is <run>/agent.json.
type status struct {
	Station  wire.Station   `json:"station,omitempty"` // empty before enrolment
	Server   string         `json:"server,omitempty"`  // the fleet's HOST:PORT
	Online   bool           `json:"online"`
	Way      string         `json:"way,omitempty"`              // how the fleet is reached: tls, web, proxy
	LastSync time.Time      `json:"last_sync,omitzero"`         // when the fleet last said what it has stored
	LastSeq  uint64         `json:"last_seq,omitempty"`         // up to which record, of the log in use
	Pending  outbox.Pending `json:"pending"`                    // what waits
	Waiting  time.Time      `json:"waiting,omitzero"`           // since when, to the hour
	Desired  uint64         `json:"desired,omitempty"`          // version of the desired state
	Trust    uint64         `json:"trust,omitempty"`            // version of what the fleet signed
	Signed   time.Time      `json:"signed,omitzero"`            // when it was signed
	Problems []string       `json:"problems,omitempty"`         // closed names
	Metrics  string         `json:"metrics,omitempty"`          // address of /metrics
	Until    time.Time      `json:"certificate_until,omitzero"` // end of the certificate
}

// tellLauncher writes the file when something has changed.
func (a *agent) tellLauncher(ctx context.Context) error {
	folder := outbox.Folder{Dir: a.Data}
	tick := time.NewTicker(statusPoll)
	defer tick.Stop()
	var last []byte
	for {
		text, err := json.Marshal(a.status(ctx))
		if err != nil {
			return fmt.Errorf("encode status: %w", err)
		}
		if string(text) != string(last) {
			last = text
			a.writeStatus(text)
		}
		if !a.somethingNew(ctx, &folder, tick.C) {
			return ctx.Err()
		}
	}
}

// somethingNew waits; it reports false at the end.
func (a *agent) somethingNew(ctx context.Context, folder *outbox.Folder, tick <-chan time.Time) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-a.changed:
			return true
		case <-tick:
			if folder.Changed() {
				return true
			}
		}
	}
}

func (a *agent) writeStatus(text []byte) {
	if err := durable.Swap(filepath.Join(a.Run, statusFile), text, 0o644); err != nil {
		a.log.Warn("status not written", "err", err)
	}
}

func (a *agent) status(ctx context.Context) status {
	s := status{Problems: a.problems.list()}
	if a.metrics != nil {
		s.Metrics = a.metrics.Addr().String()
	}
	if me := a.me.Load(); me != nil {
		s.Station, s.Until, s.Server = me.ID, me.NotAfter(), a.server()
	}
	if t := a.trust.Load(); t != nil {
		snapshot := t.Snapshot()
		s.Trust, s.Signed = snapshot.Version, snapshot.SignedAt
	}
	ack := a.ack()
	if link := a.link.Load(); link != nil {
		s.ofLink(link.Status())
	}
	s.ofOutbox(ctx, a.outboxPath(), ack)
	return s
}

func (s *status) ofLink(l uplink.Status) {
	s.Online, s.Way, s.LastSync, s.Waiting, s.Desired = l.Online, string(l.Way), l.LastSync, l.Waiting, l.Desired
	for _, why := range l.Refused {
		s.Problems = append(s.Problems, "refused_"+why)
	}
}

// ofOutbox says nothing when there is no outbox yet.
func (s *status) ofOutbox(ctx context.Context, path string, ack wire.Ack) {
	r, err := outbox.OpenReader(path)
	if err != nil {
		return
	}
	defer r.Close()
	log, err := r.Log(ctx)
	if err != nil {
		return
	}
	s.LastSeq = outbox.Acked(ack, log).Seq
	if p, err := r.Pending(ctx, ack); err == nil {
		s.Pending = p
	}
}

// ack is what the fleet has stored.
func (a *agent) ack() wire.Ack {
	if link := a.link.Load(); link != nil {
		return link.Status().Ack
	}
	return wire.Ack{}
}

// problems is what is wrong, by closed names. It is safe for concurrent use.
type problems struct {
	mu    sync.Mutex
	names map[string]bool
}

func newProblems() *problems { return &problems{names: map[string]bool{}} }

func (p *problems) set(name string, is bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if is {
		p.names[name] = true
		return
	}
	delete(p.names, name)
}

func (p *problems) clear(names ...string) {
	for _, n := range names {
		p.set(n, false)
	}
}

func (p *problems) list() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]string, 0, len(p.names))
	for n := range p.names {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}
