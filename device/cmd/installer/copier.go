package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/device/install"
	"github.com/mallette-kit/mallette/provisioning/flash"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// copier installs the stick.
type copier struct {
	flags
	boot slot.Boot
	host flash.Host
}

var _ install.Worker = (*copier)(nil)

func newCopier(f flags, boot slot.Boot) *copier { return &copier{f, boot, flash.System()} }

// Disks implements [install.Worker]: all but the stick itself, which its own
// use by the system would refuse anyway.
func (c *copier) Disks() ([]install.Disk, error) {
	found, err := c.host.List()
	if err != nil {
		return nil, err
	}
	need, err := c.need()
	if err != nil {
		return nil, err
	}
	disks := make([]install.Disk, 0, len(found))
	for _, d := range found {
		if d.Path != c.boot.Device {
			disks = append(disks, shown(d, need))
		}
	}
	return disks, nil
}

// spare is what a data partition needs beyond what is copied to it.
const spare = 512 << 20

// need is how large a disk has to be.
func (c *copier) need() (int64, error) {
	n, err := weigh(c.Data)
	return int64(slot.ImageSectors(n+spare)) * slot.SectorSize, err
}

func shown(d flash.Disk, need int64) install.Disk {
	s := install.Disk{Name: d.Name, Model: d.Model, Bus: string(d.Bus), Serial: d.Serial, Sequence: d.Sequence, Size: d.Size}
	if err := d.Refusal(need); err != nil {
		s.Problem = install.Problem(flash.KindOf(err))
	}
	if len(d.Parts) == 0 && d.Content.Format != flash.FormatNone {
		s.Parts = append(s.Parts, part(d.Content, d.Size))
	}
	for _, p := range d.Parts {
		s.Parts = append(s.Parts, part(p.Content, p.Size))
	}
	return s
}

func part(c flash.Content, size int64) install.Part {
	return install.Part{Format: string(c.Format), Label: c.Label, Owner: c.Format.Owner(), Size: size}
}

// Install implements [install.Worker].
func (c *copier) Install(ctx context.Context, d install.Disk, tell func(install.Phase, int64, int64)) (erased bool, err error) {
	source, own, err := c.source()
	if err != nil {
		return false, problem(err)
	}
	defer own.Close()
	device, err := c.open(d)
	if err != nil {
		return false, problem(err)
	}
	defer func() {
		if flash.KindOf(err) != flash.KindStuck { // closing would wait for the disk
			_ = device.Close() // everything was synced and read back
		}
	}()
	join, token := c.join()
	stick := &flash.Stick{
		Target: device,
		Edit: flash.Install(join, func(off, size int64) error {
			return c.fill(ctx, filepath.Join(c.host.Dev, d.Name), off, size)
		}),
		Tell: func(p flash.Progress) { tell(install.Phase(p.Phase), p.Done, p.Total) },
	}
	if err = flash.Write(ctx, source, []*flash.Stick{stick})[0]; err != nil {
		return flash.KindOf(err).Erased(), problem(err)
	}
	_ = device.Reread() // the machine is started again anyway
	if token != "" {
		_ = os.Remove(token) // it is good for one machine: the fleet refuses the second
	}
	return true, nil
}

// source is the stick: only read.
func (c *copier) source() (*flash.Running, *os.File, error) {
	f, err := os.Open(c.boot.Device)
	if err != nil {
		return nil, nil, fmt.Errorf("open own disk: %w", err)
	}
	size, err := f.Seek(0, 2)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	source, err := flash.OpenRunning(own{f, size}, c.boot.Slot)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return source, f, nil
}

// own is the stick as something that cannot be changed.
type own struct {
	*os.File
	size int64
}

// Size implements [flash.Editable].
func (o own) Size() int64 { return o.size }

// WriteAt implements [flash.Editable]: it refuses.
func (own) WriteAt([]byte, int64) (int, error) { return 0, os.ErrPermission }

// open takes the disk that was shown, and no other.
func (c *copier) open(d install.Disk) (*flash.Device, error) {
	now, err := c.host.Disk(d.Name)
	if err != nil {
		return nil, err
	}
	if now.Sequence != d.Sequence || now.Serial != d.Serial || now.Size != d.Size {
		return nil, &flash.Error{Kind: flash.KindSwapped}
	}
	return c.host.Open(now)
}

// join gives the machine the token that the stick did not use and the scanners
// that the stick was told of, and says that the disk stays in it: one that is
// connected by USB would be taken for a live stick.
func (c *copier) join() (j slot.Join, token string) {
	j.Installed = true
	if list, err := os.ReadFile(filepath.Join(c.Data, slot.KitScanners)); err == nil {
		j.Scanners = strings.Split(strings.TrimSpace(string(list)), "\n")
	}
	token = filepath.Join(c.Data, slot.KitToken)
	text, err := os.ReadFile(token)
	if err != nil || len(text) > 2048 {
		return j, ""
	}
	j.Token = strings.TrimSpace(string(text))
	return j, token
}

// problem keeps the kind of an error for the pages.
func problem(err error) error {
	if _, ok := errors.AsType[*install.Error](err); ok {
		return err
	}
	return &install.Error{Problem: install.Problem(flash.KindOf(err)), Err: err}
}
