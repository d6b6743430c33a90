package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
	_ "time/tzdata" // stations carry no zone files

	"github.com/mallette-kit/mallette/fleet/wire"
)

// desiredPoll is how soon a new setting is seen.
const desiredPoll = 2 * time.Second

// desired is what the fleet wants of this station, as the agent left it on the
// disk. A station that never heard is an ordinary kiosk without passes.
type desired struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex
	state   wire.Desired
	seen    fs.FileInfo
	changed chan struct{}
}

func openDesired(dataDir string, log *slog.Logger) *desired {
	d := &desired{
		path: filepath.Join(dataDir, "desired.json"), log: log, changed: make(chan struct{}),
		state: wire.Desired{Role: wire.RoleStation, Mode: wire.ModeKiosk},
	}
	d.look()
	return d
}

// Get returns the desired state in use.
func (d *desired) Get() wire.Desired {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

// Changed returns a channel that is closed at the next change.
func (d *desired) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

// Run looks at the file until ctx is done.
func (d *desired) Run(ctx context.Context) error {
	return every(ctx, desiredPoll, func() error { d.look(); return nil })
}

// look reads the file if it was replaced. One that cannot be read leaves what
// was there before in force.
func (d *desired) look() {
	info, err := os.Stat(d.path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && d.same(info)) {
		return
	}
	next, err := readDesired(d.path)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = info
	if err != nil {
		d.log.Warn("desired state not read", "err", err)
		return
	}
	d.state = next
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *desired) same(info fs.FileInfo) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen != nil && os.SameFile(d.seen, info) && d.seen.ModTime().Equal(info.ModTime()) && d.seen.Size() == info.Size()
}

func readDesired(path string) (wire.Desired, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return wire.Desired{}, err
	}
	var next wire.Desired
	if err := json.Unmarshal(text, &next); err != nil {
		return wire.Desired{}, errors.New("not JSON")
	}
	return next, next.Check()
}

// place finds a desired place; the first when id is none of them.
func place(d wire.Desired, id string) (wire.Place, bool) {
	for _, p := range d.Places {
		if p.ID == id {
			return p, true
		}
	}
	if len(d.Places) == 0 {
		return wire.Place{}, false
	}
	return d.Places[0], true
}

// zoneOf is a place's civil time; that of mainland France where nobody said.
func zoneOf(p wire.Place) *time.Location {
	name := p.Zone
	if name == "" {
		name = "Europe/Paris"
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// zone is the civil time of the last place that was asked: every page asks, and
// reading it is a fifth of what a page costs.
type zone struct {
	mu   sync.Mutex
	name string
	time *time.Location
}

func (z *zone) of(p wire.Place) *time.Location {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.time == nil || z.name != p.Zone {
		z.name, z.time = p.Zone, zoneOf(p)
	}
	return z.time
}
