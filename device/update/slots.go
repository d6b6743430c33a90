package update

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Arch is the kind of machine that this program was built for.
const Arch = runtime.GOARCH

// opened is one slot: its container, its root, and the loader's memory beside.
type opened struct {
	id     slot.ID
	esp    *slot.ESP
	boot   *slot.File
	root   Partition
	closed []io.Closer
}

// open opens a slot. Whoever writes to it looks first that it does not run.
func (m *Machine) open(id slot.ID) (*opened, error) {
	o := &opened{id: id}
	part, err := m.Open(slot.PartitionESP)
	if err != nil {
		return nil, fmt.Errorf("open slot: %w", err)
	}
	o.closed = append(o.closed, part)
	if o.esp, err = slot.OpenESP(part); err == nil {
		o.boot, err = o.esp.Open(slot.ContainerFile(id))
	}
	if err == nil {
		o.root, err = m.Open(id.Partition())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open slot: %w", err), part.Close())
	}
	o.closed = append(o.closed, o.root)
	return o, nil
}

// Close implements [io.Closer].
func (o *opened) Close() error {
	var errs []error
	for _, c := range o.closed {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// release is what the slot's container says of itself.
func (o *opened) release() (slot.Release, error) {
	c, err := slot.OpenContainer(o.boot)
	if err != nil {
		return slot.Release{}, err
	}
	initrd, err := c.Open(slot.ContainerInitrd)
	if err != nil {
		return slot.Release{}, err
	}
	return slot.ReadRelease(initrd)
}

// verify reads the slot whole and compares it with what was signed.
func (o *opened) verify(b release.Base) error {
	for _, p := range []struct {
		from io.ReaderAt
		part release.Part
	}{{o.boot, b.Boot}, {o.root, b.Root}} {
		sum := sha256.New()
		if _, err := io.Copy(sum, io.NewSectionReader(p.from, 0, p.part.Size)); err != nil {
			return fmt.Errorf("verify slot: %w", err)
		}
		if fmt.Sprintf("%x", sum.Sum(nil)) != p.part.SHA256 {
			return fmt.Errorf("verify slot: %w", errVerify)
		}
	}
	return nil
}
