package update

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// errRunning says that a slot runs: it is never written.
var errRunning = errors.New("slot runs")

// install writes the release to the slot that does not run: invalid first,
// written, read back whole, and only then armed.
func (m *Machine) install(ctx context.Context, b release.Base, j *job, h *haul) error {
	m.Log.Info("release is written", "release", b.Release, "slot", string(m.Boot.Slot.Other()))
	if err := m.writeSlot(ctx, b, j, h); err != nil {
		return err
	}
	if err := m.verifySlot(b); err != nil {
		return err
	}
	if err := m.arm(b); err != nil {
		return err
	}
	m.Log.Info("release is ready", "release", b.Release)
	return clearBrought(m.Dir)
}

func (m *Machine) writeSlot(ctx context.Context, b release.Base, j *job, h *haul) (err error) {
	o, err := m.other()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	if err := m.remember(o, func(env slot.Env) slot.Env { return env.MarkInvalid(o.id) }); err != nil {
		return err
	}
	a, err := newAssembler(j.plan, j.old, h)
	if err != nil {
		return err
	}
	defer a.close()
	if err := a.write(release.ContentBoot, patiently{ctx, io.NewOffsetWriter(o.boot, 0)}); err != nil {
		return err
	}
	if _, err := makeRoot(a, b, patiently{ctx, io.NewOffsetWriter(o.root, 0)}); err != nil {
		return err
	}
	return errors.Join(o.boot.Sync(), o.root.Sync())
}

// other opens the slot that does not run.
func (m *Machine) other() (*opened, error) {
	id := m.Boot.Slot.Other()
	if !id.Valid() || id == m.Boot.Slot {
		return nil, errRunning
	}
	return m.open(id)
}

// remember changes the loader's memory. It is never written from nothing: one
// that cannot be read is mended when the running slot is marked good.
func (m *Machine) remember(o *opened, change func(slot.Env) slot.Env) error {
	env, _, err := slot.ReadEnv(o.esp)
	if err != nil {
		return err
	}
	return slot.WriteEnv(o.esp, change(env))
}

// verifySlot reads the slot as the loader and the kernel will.
func (m *Machine) verifySlot(b release.Base) error {
	o, err := m.other()
	if err != nil {
		return err
	}
	defer o.Close()
	if err := o.verify(b); err != nil {
		return err
	}
	about, err := o.release()
	if err != nil || about.Name != b.Release || about.Arch != b.Arch || about.Root != b.Verity {
		return fmt.Errorf("verify slot: %w", errors.Join(errVerify, err))
	}
	return nil
}

// arm has the loader try the other slot at the next start. The record comes
// first: a trial that nobody remembers would be a release that nobody reports.
func (m *Machine) arm(b release.Base) error {
	o, err := m.other()
	if err != nil {
		return err
	}
	defer o.Close()
	err = m.change(func(r *record) {
		r.Step, r.Reason, r.Slot, r.Missing, r.Haul, r.Lines = wire.BaseReady, "", o.id, nil, "", m.Lines()
	})
	if err != nil {
		return err
	}
	return m.remember(o, func(env slot.Env) slot.Env { return env.Arm(o.id) })
}

// callOff makes sure that the loader does not try what is no longer wanted.
func (m *Machine) callOff() error {
	r := m.record()
	if r.Step != wire.BaseReady || r.Slot != m.Boot.Slot.Other() {
		return nil
	}
	o, err := m.other()
	if err != nil {
		return err
	}
	defer o.Close()
	m.Log.Info("update called off", "release", r.Release)
	return m.remember(o, func(env slot.Env) slot.Env { return env.MarkInvalid(o.id) })
}

// makeRoot writes a root and the hash tree behind it, which is computed from it,
// and returns the sum of both.
func makeRoot(a *assembler, b release.Base, w io.Writer) (string, error) {
	salt, err := hex.DecodeString(b.Verity.Salt)
	if err != nil || len(salt) < len(slot.GUID{}) {
		return "", fmt.Errorf("make root: %w", errVerify)
	}
	sum := sha256.New()
	both := io.MultiWriter(w, sum)
	r, in := io.Pipe()
	made := make(chan error, 1)
	go func() {
		err := a.write(release.ContentRoot, io.MultiWriter(both, in))
		made <- err
		in.CloseWithError(err) // nil is the end
	}()
	v, tree, err := slot.Seal(r, salt, slot.GUID(salt[:len(slot.GUID{})]))
	_ = r.CloseWithError(err)
	if wrong := <-made; wrong != nil {
		return "", wrong
	}
	if err != nil || v != b.Verity {
		return "", fmt.Errorf("make root: %w", errors.Join(errVerify, err))
	}
	if _, err := both.Write(tree); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}
