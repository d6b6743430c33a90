package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/device/supervisor"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

const (
	updateDir   = "update"
	userlandDir = "userland"
	// updateMemory is what the garbage collector aims at while a release is made
	// out of patches.
	updateMemory = 88 << 20
)

// updater makes what follows the fleet's base release. Off the appliance there is
// nothing to follow it with.
func (a *agent) updater() *update.Machine {
	if a.boot == nil {
		return nil
	}
	m := &update.Machine{Boot: *a.boot, Dir: filepath.Join(a.Data, updateDir), Userlands: filepath.Join(a.Data, userlandDir), Log: a.log,
		Open: a.partition, Describe: a.describe, Source: a.parts, Metered: a.metered, Lines: func() []string { return health.Lines(a.Run) },
		Free: freeBytes, Formats: []string{outbox.Schema}, Now: a.known, Quiet: a.quiet,
		Restart: func(ctx context.Context) error { return supervisor.Client{Socket: a.supervisor}.Restart(ctx) },
		Changed: a.tellBase, Work: heavier, Full: a.full.Load}
	m.Start()
	return m
}

// keepBase moves towards the release that the fleet wants.
func (a *agent) keepBase(ctx context.Context) error {
	if a.update == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	return a.update.Run(ctx)
}

// wantBase passes on a desired state, new or from the disk.
func (a *agent) wantBase(d wire.Desired) {
	if a.update == nil {
		return
	}
	want := d.Base
	if want == nil {
		want = a.stickBase()
	}
	a.update.Want(want)
}

// desired is the last state that the fleet asked for, as the uplink keeps it.
func (a *agent) desired() (d wire.Desired, err error) {
	b, err := os.ReadFile(filepath.Join(a.Data, "desired.json"))
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(b, &d)
}

// base is what the fleet hears about releases; nothing off the appliance.
func (a *agent) base() *wire.BaseState {
	if a.update == nil {
		return nil
	}
	s := a.update.State()
	return &s
}

func (a *agent) tellBase() {
	kick(a.changed)
	if link := a.link.Load(); link != nil {
		link.Kick()
	}
}

// heavier lets the collector use more for as long as a release is being made.
func heavier() (done func()) {
	debug.SetMemoryLimit(updateMemory)
	return func() {
		debug.SetMemoryLimit(memory)
		debug.FreeOSMemory()
	}
}

// partition opens a partition of the disk that was started from. Its pages are
// dropped first, so that what is read back comes from the disk. The running root
// is opened for reading only.
func (a *agent) partition(n int) (update.Partition, error) {
	mode := os.O_RDWR
	if n == a.boot.Slot.Partition() {
		mode = os.O_RDONLY
	}
	f, err := os.OpenFile(a.boot.Partition(n), mode, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// describe asks for a release's description, and for a fresh list when it is not
// on the one that is held.
func (a *agent) describe(ctx context.Context, name string) (release.Base, error) {
	t := a.trust.Load()
	if t == nil {
		return release.Base{}, release.ErrNotPinned
	}
	b, err := t.Base(ctx, a.fetcher(), update.Arch, name)
	if err == nil {
		return b, nil
	}
	if err := a.refreshTrust(ctx); err != nil {
		return release.Base{}, err
	}
	return t.Base(ctx, a.fetcher(), update.Arch, name)
}

// onStick reports whether a stick with a copy of the fleet's releases is there,
// and the fleet is not.
func (a *agent) onStick() bool {
	if link := a.link.Load(); a.Stick == "" || link != nil && link.Status().Online {
		return false
	}
	_, err := os.Stat(filepath.Join(a.Stick, "metadata", "timestamp.json"))
	return err == nil
}

func (a *agent) fetcher() release.Fetcher {
	if a.onStick() {
		return release.Dir(a.Stick)
	}
	return release.HTTP(a.client(), "https://"+a.server()+release.Path)
}

func (a *agent) parts() public.Source {
	if a.onStick() {
		return public.Dir(a.Stick)
	}
	return public.HTTP(a.client(), "https://"+a.server()+release.Path)
}

// metered reports whether a telephone is the only way out. A stick costs nothing.
func (a *agent) metered() bool {
	state, err := network.Read(a.Run)
	if err != nil || a.onStick() {
		return false
	}
	tethered := false
	for _, l := range state.Lines {
		if l.Leased && l.Kind != network.Tether {
			return false
		}
		tethered = tethered || l.Leased
	}
	return tethered
}

func freeBytes(dir string) (uint64, error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		return 0, err
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}

// known is the time, zero while nobody has told it.
func (a *agent) known() time.Time {
	now, quality := a.clock.Now()
	if quality == pass.ClockUnset {
		return time.Time{}
	}
	return now.UTC().Truncate(time.Second)
}

// quiet reports whether one of the windows is open where the station is, and
// nobody is at work.
func (a *agent) quiet(windows []wire.Window) bool {
	now, d := a.known(), wire.Desired{}
	if now.IsZero() || a.atWork() {
		return false
	}
	if last, err := a.desired(); err == nil {
		d = last
	}
	if len(d.Places) > 0 {
		if zone, err := time.LoadLocation(d.Places[0].Zone); err == nil {
			now = now.In(zone)
		}
	}
	for _, w := range windows {
		if w.Holds(now) {
			return true
		}
	}
	return false
}

// lacks judges a start. On trial the release before is told what was missing.
func (a *agent) lacks(judge health.Judge) func(context.Context) []string {
	return func(ctx context.Context) []string {
		missing := judge.Missing(ctx)
		a.update.Lacks(missing)
		return missing
	}
}

// proven is told that the slot was marked good, once.
func (a *agent) proven(env slot.Env) {
	close(a.good)
	a.update.Proven(env)
}
