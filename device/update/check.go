package update

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/device/public"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Reserve is what the disk keeps free for what must never be lost.
const Reserve = 256 << 20

// errTarget says that a description is not the wanted release's, or not for this
// machine.
var errTarget = errors.New("another release than was asked for")

// errLive says that the station is a guest: its disk is somebody's.
var errLive = errors.New("station runs from a stick")

// errFormat says that one release could not read what the other writes.
var errFormat = errors.New("formats on the disk do not go together")

// errRoom says that the disk is too full.
var errRoom = errors.New("no room for the release")

// check is whether the release can be had, before anything is brought.
func (m *Machine) check(ctx context.Context, want wire.Base) (time.Duration, error) {
	b, err := m.describe(ctx, want)
	if err != nil {
		return 0, err
	}
	if m.holdsAlready(b) {
		m.Log.Info("other slot holds the release already", "release", b.Release)
		return soon, m.arm(b)
	}
	jobs, err := m.jobs(ctx, b)
	if err != nil {
		return 0, err
	}
	defer closeAll(jobs)
	if err := m.room(jobs); err != nil {
		return 0, err
	}
	total := int64(0)
	for _, j := range jobs {
		total += j.plan.total
	}
	m.Log.Info("update planned", "release", b.Release, "bytes", total)
	return soon, m.change(func(r *record) { r.Step, r.Reason, r.Done, r.Total = wire.BaseFetching, "", 0, total })
}

// describe returns what the fleet signed, if it suits this station.
func (m *Machine) describe(ctx context.Context, want wire.Base) (release.Base, error) {
	if m.Boot.Live {
		return release.Base{}, failed(wire.ReasonLive, errLive)
	}
	b, err := m.Describe(ctx, want.Release)
	if err != nil {
		return b, unwilling(err)
	}
	if b.Release != want.Release || b.Arch != Arch || b.Check() != nil {
		return b, failed(wire.ReasonMetadata, errTarget)
	}
	return b, failed(wire.ReasonFormats, m.formats(b))
}

// formats looks whether the release reads what is on the disk, and whether this
// one will read what the release writes, should it have to come back.
func (m *Machine) formats(b release.Base) error {
	for _, f := range m.Formats {
		name, text, _ := strings.Cut(f, "/")
		version, err := strconv.Atoi(text)
		if err != nil || !b.Reads(name, version) {
			return errFormat
		}
		for _, theirs := range b.Formats {
			if theirs.Name == name && theirs.Writes > version {
				return errFormat
			}
		}
	}
	return nil
}

// room looks before anything is brought.
func (m *Machine) room(jobs []*job) error {
	need := int64(Reserve)
	for _, j := range jobs {
		need += j.plan.total - j.there(m.Dir)
		if j.file != "" {
			need += j.part.Size
		}
	}
	free, err := m.Free(filepath.Dir(m.Dir))
	if err == nil && free < uint64(max(need, 0)) {
		return failed(wire.ReasonSpace, errRoom)
	}
	return nil
}

// there is how much of the job's haul an earlier attempt has left.
func (j *job) there(dir string) int64 {
	info, err := os.Stat(filepath.Join(dir, j.plan.name()))
	if err != nil {
		return 0
	}
	return min(info.Size(), j.plan.total)
}

// job is a bundle to be made: the system, or the userland.
type job struct {
	bundle release.Bundle
	plan   plan
	old    map[string]io.ReaderAt
	open   []io.Closer
	file   string       // where a userland's image goes; "" for the system
	part   release.Part // that it must be
}

func closeAll(jobs []*job) {
	for _, j := range jobs {
		for _, c := range j.open {
			_ = c.Close() // was only read
		}
	}
}

// jobs plans everything that the release still needs. Call closeAll.
func (m *Machine) jobs(ctx context.Context, b release.Base) ([]*job, error) {
	running, _ := m.about(m.Boot.Slot) // where it cannot be read nothing leads on from it
	b, err := m.related(ctx, b, running)
	if err != nil {
		return nil, err
	}
	system, err := m.system(ctx, b, running.Root.Hash)
	jobs := []*job{system}
	if err == nil && b.Userland != nil && !m.hasUserland(*b.Userland) {
		var u *job
		u, err = m.userland(ctx, *b.Userland)
		jobs = append(jobs, u)
	}
	if err != nil {
		closeAll(jobs)
		return nil, err
	}
	return jobs, nil
}

// related adds the running release to those that lead to another. Where the
// other's maker did not have it at hand, the fleet may have signed what it
// consists of: what both consist of need not travel.
func (m *Machine) related(ctx context.Context, b release.Base, running slot.Release) (release.Base, error) {
	if running.Name == "" || slices.ContainsFunc(b.From, func(a release.Ancestor) bool { return a.Of == running.Root.Hash }) {
		return b, nil
	}
	old, err := m.Describe(ctx, running.Name)
	if f, ok := errors.AsType[*failure](unwilling(err)); ok {
		if f.reason == wire.ReasonFetch {
			return b, f
		}
		return b, nil // it never was the fleet's, or is no more: all of the other travels
	}
	b.From = append(slices.Clip(b.From), release.Ancestor{Of: old.Verity.Hash, Index: old.Index})
	if b.Userland != nil && old.Userland != nil {
		u := *b.Userland
		u.From = append(slices.Clip(u.From), release.Ancestor{Of: old.Userland.Root, Index: old.Userland.Index})
		b.Userland = &u
	}
	return b, nil
}

// system plans root and container from those that run, of the release named by of.
func (m *Machine) system(ctx context.Context, b release.Base, of string) (*job, error) {
	j := &job{bundle: b.Bundle, old: map[string]io.ReaderAt{}}
	running, err := m.open(m.Boot.Slot)
	if err != nil {
		return j, failed(wire.ReasonWrite, err)
	}
	j.open = append(j.open, running)
	j.old[release.ContentBoot], j.old[release.ContentRoot] = running.boot, running.root
	return j, m.plan(ctx, j, of)
}

// plan finds the cheapest way to a bundle from the version named by of.
func (m *Machine) plan(ctx context.Context, j *job, of string) error {
	source := m.Source()
	x, err := index(ctx, m.Dir, source, j.bundle.Index)
	if err != nil {
		return err
	}
	s := stock{files: j.old}
	for _, a := range j.bundle.From {
		if a.Of != of {
			continue
		}
		if s.index, err = index(ctx, m.Dir, source, a.Index); err == nil && m.record().Spoiled == 0 {
			s.patches, err = patches(ctx, m.Dir, source, a.Patches)
		}
		if err != nil {
			return err
		}
		s.frames = a.Frames
	}
	j.plan = newPlan(j.bundle, x, s, inspect(x, s))
	return nil
}

func index(ctx context.Context, dir string, from public.Source, p release.Part) (release.Index, error) {
	b, err := small(ctx, dir, from, p)
	if err != nil {
		return nil, failed(wire.ReasonFetch, err)
	}
	x, err := release.ParseIndex(b)
	return x, failed(wire.ReasonMetadata, err)
}

func patches(ctx context.Context, dir string, from public.Source, p release.Part) (release.Patches, error) {
	if p == (release.Part{}) {
		return nil, nil
	}
	b, err := small(ctx, dir, from, p)
	if err != nil {
		return nil, failed(wire.ReasonFetch, err)
	}
	list, err := release.ParsePatches(b)
	return list, failed(wire.ReasonMetadata, err)
}

// is reports whether bytes are a part.
func is(p release.Part, b []byte) bool {
	return int64(len(b)) == p.Size && fmt.Sprintf("%x", sha256.Sum256(b)) == p.SHA256
}

// holdsAlready reports whether the other slot is the release, whole and good:
// going back to it needs nothing.
func (m *Machine) holdsAlready(b release.Base) bool {
	other, err := m.open(m.Boot.Slot.Other())
	if err != nil {
		return false
	}
	defer other.Close()
	env, _, err := slot.ReadEnv(other.esp)
	if state := env.State(m.Boot.Slot.Other()); err != nil || !state.Valid || state.Failed != "" {
		return false
	}
	about, err := other.release()
	ready := b.Userland == nil || m.hasUserland(*b.Userland)
	return err == nil && ready && about.Name == b.Release && about.Root == b.Verity && other.verify(b) == nil
}
