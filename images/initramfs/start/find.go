package start

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Errors of looking for the disk.
var (
	ErrNoDisk    = errors.New("the disk that was started from is not there")
	ErrUncounted = errors.New("a copy of the image on which the loader has counted no start")
	ErrTwoDisks  = errors.New("several disks could be the one that was started from")
)

// How long the slowest stick may take to show up, and how long it is waited for
// while there is nothing but a copy of the image that was perhaps never started.
const (
	findTime = 40 * time.Second
	copyTime = 10 * time.Second
)

// Find returns the disk whose boot partition the loader named. Raw copies of one
// image all carry the same identifier: the one meant is the one on which the
// loader has counted this start, a moment ago. When that does not tell, none is
// taken: to write to the wrong one would be worse. A single copy without a count
// comes with ErrUncounted, because the right one may still show up; it is the
// right one itself when the loader could not write.
func (f Finder) Find(said slot.Start) (Disk, error) {
	ours := f.ours(said.Disk)
	if len(ours) == 1 && !ours[0].Table.FromImage() {
		return ours[0], nil
	}
	counted := started(ours, said.Slot)
	switch {
	case len(ours) == 0:
		return Disk{}, ErrNoDisk
	case len(counted) == 1:
		return counted[0], nil
	case len(ours) == 1:
		return ours[0], ErrUncounted
	}
	return Disk{}, ErrTwoDisks
}

// ours returns the disks laid out as an image is whose boot partition has the
// identifier, any for none.
func (f Finder) ours(id slot.GUID) (list []Disk) {
	for _, d := range f.disks() {
		esp, ok := d.Table.Partition(slot.PartitionESP)
		if ok && d.Table.Ours() && (id == slot.GUID{} || esp.GUID == id) {
			list = append(list, d)
		}
	}
	return list
}

// started returns the disks on which the loader has taken a try from the slot. A
// copy that was never started has all of them, and so has one that ran well.
func started(disks []Disk, id slot.ID) (list []Disk) {
	for _, d := range disks {
		if env, err := d.env(); err == nil && env.State(id).Tries < slot.MaxTries {
			list = append(list, d)
		}
	}
	return list
}

// env reads the loader's memory through the whole disk: its partitions may not
// have nodes yet.
func (d Disk) env() (slot.Env, error) {
	f, err := os.Open(d.Node)
	if err != nil {
		return slot.Env{}, err
	}
	defer f.Close()
	esp, _ := d.Table.Partition(slot.PartitionESP)
	offset, size := esp.Bytes()
	files, err := slot.OpenESP(slot.Section(f, offset, size))
	if err != nil {
		return slot.Env{}, err
	}
	env, _, err := slot.ReadEnv(files)
	return env, err
}

// HideCopies takes the nodes of other disks away whose boot partition has the
// identifier of this one: gokrazy's init looks for it once more by that
// identifier alone, and would take the last disk that has it. It returns the
// names of those disks. The guardian ends the likeness a minute later.
func (f Finder) HideCopies(d Disk) (hidden []string, err error) {
	esp, _ := d.Table.Partition(slot.PartitionESP)
	for _, other := range f.ours(esp.GUID) {
		if other.Name == d.Name {
			continue
		}
		hidden = append(hidden, other.Name)
		err = errors.Join(err, hide(other))
	}
	return hidden, err
}

func hide(d Disk) error {
	err := os.Remove(d.Node)
	for n := slot.PartitionESP; n <= slot.PartitionBIOS; n++ {
		if e := os.Remove(slot.PartitionNode(d.Node, n)); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		return fmt.Errorf("hide a copy of the image: %w", err)
	}
	return nil
}

// find waits for the disk.
func (s *Start) find(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	for began := time.Now(); ; s.plug(ctx) {
		d, err := Finder{Sys: "/sys", Dev: "/dev"}.Find(s.said)
		if err == nil || errors.Is(err, ErrUncounted) && time.Since(began) > copyTime {
			s.disk, s.boot.Device, s.boot.Removable = d, d.Node, d.Removable
			s.log.Info("disk found", "disk", d.Node, "removable", d.Removable)
			return s.nodes(ctx)
		}
		if errors.Is(err, ErrTwoDisks) && time.Since(began) > copyTime {
			return fail(slot.ProblemCopies, err)
		}
		if !sleep(ctx, 100*time.Millisecond) {
			return fail(slot.ProblemDisk, err)
		}
	}
}
