package update

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Partition is a partition of the disk that the station was started from.
type Partition interface {
	slot.Device
	Close() error
}

// Machine moves a station towards the release that its fleet wants. All fields
// but Released, Quiet and Changed must be set.
type Machine struct {
	Boot      slot.Boot // of this start
	Dir       string    // its own folder on /perm
	Userlands string    // folder of the userlands' images
	Log       *slog.Logger

	// Open opens a partition of the disk by its number. What it reads comes from
	// the disk, not from what was written a moment ago.
	Open func(number int) (Partition, error)
	// Describe returns what the fleet signed about a release. Errors are those of
	// release.Client.Bring.
	Describe func(ctx context.Context, name string) (release.Base, error)
	// Source is where parts are, as things stand now.
	Source func() public.Source
	// Metered reports whether what is fetched now is paid by volume.
	Metered func() bool
	// Lines returns the kinds of network that this start has drivers for.
	Lines func() []string
	// Free returns the bytes that programs can still write below a folder.
	Free func(dir string) (uint64, error)
	// Formats returns the formats of /perm as they are, "outbox/1".
	Formats []string
	// Now returns the time, zero while nobody knows it.
	Now func() time.Time
	// Quiet reports whether the station may restart by itself in one of the
	// windows: it is the time, and nobody is there. Nil: never.
	Quiet func([]wire.Window) bool
	// Restart starts the machine again. It returns before that happens.
	Restart func(context.Context) error
	// Work is told when much memory is needed, and what it returns when no more.
	// It may be nil.
	Work func() (done func())
	// Full reports whether this start found the disk full. It may be nil.
	Full func() bool
	// Changed is told when State has something new. It may be nil.
	Changed func()

	mu     sync.Mutex
	r      record
	want   *wire.Base
	told   bool // want was set
	wake   chan struct{}
	proven chan slot.Env
}

// Start reads what was done before. It must be called once, first.
func (m *Machine) Start() {
	m.wake, m.proven = make(chan struct{}, 1), make(chan slot.Env, 1)
	r, err := readRecord(m.Dir)
	if err != nil {
		m.Log.Warn("update's record not readable", "err", err)
	}
	m.r = r
}

// Want sets the release to reach; nil is to stay. It is safe for concurrent use.
func (m *Machine) Want(b *wire.Base) {
	m.mu.Lock()
	m.want, m.told = b, true
	m.mu.Unlock()
	m.Hurry()
}

// Hurry has the machine look again now: the network came, or a stick.
func (m *Machine) Hurry() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// Proven is told that the running slot was marked good, with the loader's memory
// as it is then. Before that nothing is written: the other slot is the fall-back.
func (m *Machine) Proven(env slot.Env) {
	select {
	case m.proven <- env:
	default:
	}
}

// Lacks notes what a start on trial lacks, so that the release before can say
// why it is back.
func (m *Machine) Lacks(missing []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Boot.Trial == 0 || m.r.Step != wire.BaseReady || m.r.Slot != m.Boot.Slot || slices.Equal(m.r.Missing, missing) {
		return
	}
	m.r.Missing = slices.Clone(missing)
	if err := m.r.write(m.Dir); err != nil {
		m.Log.Warn("what a trial lacks not noted", "err", err)
	}
}

// Before returns the kinds of network that the release before had, while this
// one is on trial.
func (m *Machine) Before() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Boot.Trial == 0 || m.r.Slot != m.Boot.Slot {
		return nil
	}
	return m.r.Lines
}

// State is how far the station is, for its fleet.
func (m *Machine) State() wire.BaseState {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := wire.BaseState{Running: m.Boot.Release, Slot: string(m.Boot.Slot), Target: m.r.Release, Go: m.r.Go, State: m.r.Step,
		Reason: m.r.Reason, Since: m.r.Since, Done: m.r.Done, Total: m.r.Total, Traffic: m.r.Traffic}
	if m.r.Step == wire.BaseReady && m.r.Slot == m.Boot.Slot {
		s.State = wire.BaseTrial
	}
	if s.Done > s.Total {
		s.Done = s.Total
	}
	return s
}

// Left returns the last attempt that was tried and came to nothing, whatever was
// ordered since, until another succeeds; the zero value for none.
func (m *Machine) Left() Attempt { return m.record().Left }

// Run moves on until ctx is done.
func (m *Machine) Run(ctx context.Context) error {
	select {
	case env := <-m.proven:
		m.arrive(env)
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		wait := m.step(ctx)
		t := time.NewTimer(wait)
		select {
		case <-m.wake:
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// change replaces the record, on the disk first.
func (m *Machine) change(amend func(*record)) error {
	m.mu.Lock()
	next := m.r
	amend(&next)
	if next.Step != m.r.Step || next.Reason != m.r.Reason {
		next.Since = m.Now()
	}
	err := next.write(m.Dir)
	if err == nil {
		m.r = next
	}
	m.mu.Unlock()
	if m.Changed != nil {
		m.Changed()
	}
	return err
}

func (m *Machine) record() record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.r
}

func (m *Machine) wanted() (*wire.Base, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.want, m.told
}
