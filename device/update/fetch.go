package update

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// errMetered says that the only line is paid by volume.
var errMetered = errors.New("connection is paid by volume")

// spoiltMost is how often what was brought may turn out wrong: the first time
// patches are left out, the second time the release is.
const spoiltMost = 2

// fetch brings what is missing, proves that it makes the release, and writes it:
// until that proof the other slot is left alone.
func (m *Machine) fetch(ctx context.Context, want wire.Base) (time.Duration, error) {
	b, err := m.describe(ctx, want)
	if err != nil {
		return 0, err
	}
	jobs, err := m.jobs(ctx, b)
	if err != nil {
		return 0, err
	}
	defer closeAll(jobs)
	if err := m.room(jobs); err != nil {
		return 0, err
	}
	hauls, err := m.bring(ctx, want, jobs)
	defer closeHauls(hauls)
	if err != nil {
		return 0, err
	}
	if m.Work != nil {
		defer m.Work()()
	}
	err = m.rehearse(b, jobs, hauls)
	if errors.Is(err, errVerify) {
		return m.spoilt(hauls, err)
	}
	if err != nil {
		return 0, failed(wire.ReasonWrite, err)
	}
	for i, j := range jobs[1:] {
		if err := m.keepUserland(ctx, *b.Userland, j, hauls[i+1]); err != nil {
			return 0, failed(wire.ReasonWrite, err)
		}
	}
	return soon, failed(wire.ReasonWrite, m.install(ctx, b, jobs[0], hauls[0]))
}

// spoilt throws away what proved wrong and begins again, or gives the release up.
func (m *Machine) spoilt(hauls []*haul, why error) (time.Duration, error) {
	for _, h := range hauls {
		if err := os.Remove(h.Name()); err != nil {
			return 0, err
		}
	}
	err := m.change(func(r *record) { r.Spoiled, r.Done, r.Haul, r.Step = r.Spoiled+1, 0, "", wire.BaseChecking })
	if err != nil || m.record().Spoiled < spoiltMost {
		m.Log.Warn("what was brought is not what was signed", "err", why)
		return soon, err
	}
	return 0, failed(wire.ReasonVerify, why)
}

// bring fetches the hauls of all jobs, one after the other.
func (m *Machine) bring(ctx context.Context, want wire.Base, jobs []*job) (hauls []*haul, err error) {
	var names []string
	total := int64(0)
	for _, j := range jobs {
		names = append(names, j.plan.name())
		total += j.plan.total
	}
	if err := clearHauls(m.Dir, names...); err != nil {
		return nil, failed(wire.ReasonWrite, err)
	}
	before := int64(0)
	for _, j := range jobs {
		h, err := m.bringOne(ctx, want, j, before, total)
		if h != nil {
			hauls = append(hauls, h)
		}
		if err != nil {
			return hauls, err
		}
		before += j.plan.total
	}
	return hauls, nil
}

// bringOne goes on from what an earlier attempt left. What the record does not
// vouch for may have been torn by a power cut; a haul that the record has moved
// on from was whole.
func (m *Machine) bringOne(ctx context.Context, want wire.Base, j *job, before, total int64) (*haul, error) {
	r, name := m.record(), j.plan.name()
	sound := int64(0)
	if r.Haul == name {
		sound = max(0, r.Done-before)
	}
	if r.Haul != name && r.Done > before && j.there(m.Dir) == j.plan.total {
		sound = j.plan.total
	}
	h, done, err := openHaul(m.Dir, j.plan, sound)
	if err != nil {
		return nil, failed(wire.ReasonWrite, err)
	}
	if done == j.plan.total {
		return h, nil
	}
	if !want.Metered && m.Metered() {
		return h, failed(wire.ReasonMetered, errMetered)
	}
	from := done
	return h, failed(wire.ReasonFetch, h.fetch(ctx, m.Source(), done, want.Kbps, func(n int64) error {
		came := n - from
		from = n
		return m.change(func(r *record) {
			r.Haul, r.Done, r.Total, r.Reason, r.Traffic = name, before+n, total, "", r.Traffic+came
		})
	}))
}

func closeHauls(hauls []*haul) {
	for _, h := range hauls {
		_ = h.Close() // synced when it was written
	}
}

// rehearse makes everything once, without writing it.
func (m *Machine) rehearse(b release.Base, jobs []*job, hauls []*haul) error {
	a, err := newAssembler(jobs[0].plan, jobs[0].old, hauls[0])
	if err != nil {
		return err
	}
	defer a.close()
	boot := sha256.New()
	if err := a.write(release.ContentBoot, boot); err != nil {
		return err
	}
	root, err := makeRoot(a, b, io.Discard)
	if err != nil {
		return err
	}
	if fmt.Sprintf("%x", boot.Sum(nil)) != b.Boot.SHA256 || root != b.Root.SHA256 {
		return fmt.Errorf("rehearse: %w", errVerify)
	}
	return nil
}

// userlandFile is where a userland's image lies, and descriptionFile what says
// which it is.
func (m *Machine) userlandFile(u release.Userland) string {
	return filepath.Join(m.Userlands, u.File.SHA256+".squashfs")
}

func (m *Machine) descriptionFile(u release.Userland) string {
	return filepath.Join(m.Userlands, u.File.SHA256+".json")
}
