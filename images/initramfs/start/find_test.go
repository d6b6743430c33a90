package start_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/images/initramfs/start"
	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

// memory gives a disk a boot partition on which the loader remembers that.
func (c computer) memory(t *testing.T, name string, env slot.Env) {
	t.Helper()
	image := slottest.ESP(t)
	slottest.Change(t, image, env)
	from, err := os.Open(image)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(filepath.Join(c.Dev, name), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	whole, _ := tables(t)
	esp, _ := whole.Partition(slot.PartitionESP)
	at, _ := esp.Bytes()
	b, empty := make([]byte, 1<<20), make([]byte, 1<<20)
	for {
		n, err := io.ReadFull(from, b)
		if n > 0 && !bytes.Equal(b[:n], empty[:n]) {
			if _, err := to.WriteAt(b[:n], at); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			return
		}
		at += int64(n)
	}
}

func TestFind(t *testing.T) {
	image, own := tables(t)
	foreign := own.Renew()
	foreign.Partitions = foreign.Partitions[:2]
	cases := []struct {
		name  string
		disks func(c computer)
		said  slot.Start
		want  string
		err   error
	}{
		{"the installed disk beside a stick of the image", func(c computer) {
			c.disk(t, "sda", false, &own)
			c.disk(t, "sdb", true, &image)
		}, bootOf(own), "sda", nil},
		{"a loader that named none", func(c computer) {
			c.disk(t, "sda", false, nil)
			c.disk(t, "sdb", true, &own)
		}, slot.Start{}, "sdb", nil},
		{"only somebody else's disk", func(c computer) {
			c.disk(t, "sda", false, nil)
			c.disk(t, "sdb", false, &foreign)
		}, slot.Start{}, "", start.ErrNoDisk},
		{"a loop device is no disk", func(c computer) { c.disk(t, "loop0", false, &own) }, bootOf(own), "", start.ErrNoDisk},
		{"sectors of 4 KiB", func(c computer) {
			c.disk(t, "sda", false, &own)
			c.put(t, "sda/queue/logical_block_size", "4096")
		}, bootOf(own), "", start.ErrNoDisk},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			machine := newComputer(t)
			c.disks(machine)
			got, err := machine.Find(c.said)
			if got.Name != c.want || !errors.Is(err, c.err) {
				t.Errorf("Find = %q, %v; want %q, %v", got.Name, err, c.want, c.err)
			}
		})
	}
}

// TestCopiesOfOneImage: raw copies carry the same identifiers. The loader has
// taken a try on the one that it started from.
func TestCopiesOfOneImage(t *testing.T) {
	image, _ := tables(t)
	fresh := slot.NewEnv()
	_, counted := fresh.Choose()
	cases := []struct {
		name      string
		sda, sdb  slot.Env // sda is inside the machine, sdb a stick; the zero Env is a disk that is not there
		want      string
		err       error
		forgotten bool // nothing can be read of what the loader remembers
	}{
		{name: "started from the stick", sda: fresh, sdb: counted, want: "sdb"},
		{name: "started from the disk inside", sda: counted, sdb: fresh, want: "sda"},
		{name: "the stick alone", sdb: counted, want: "sdb"},
		{name: "the other one showed up first", sda: fresh, want: "sda", err: start.ErrUncounted},
		{name: "both were started before and switched off", sda: counted, sdb: counted, err: start.ErrTwoDisks},
		{name: "the loader could write on neither", sda: fresh, sdb: fresh, err: start.ErrTwoDisks},
		{name: "nothing is remembered", sda: fresh, sdb: fresh, forgotten: true, err: start.ErrTwoDisks},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			machine := newComputer(t)
			for name, env := range map[string]slot.Env{"sda": c.sda, "sdb": c.sdb} {
				if !env.Preferred.Valid() {
					continue
				}
				machine.disk(t, name, name == "sdb", &image)
				if !c.forgotten {
					machine.memory(t, name, env)
				}
			}
			got, err := machine.Find(bootOf(image))
			if got.Name != c.want || !errors.Is(err, c.err) {
				t.Errorf("Find = %q, %v; want %q, %v", got.Name, err, c.want, c.err)
			}
		})
	}
}

// TestCopiesAreHidden: gokrazy's init looks for the disk by its identifier alone.
func TestCopiesAreHidden(t *testing.T) {
	image, own := tables(t)
	c := newComputer(t)
	c.disk(t, "nvme0n1", false, &image)
	c.disk(t, "sda", false, &own)
	c.disk(t, "sdb", true, &image)
	for _, node := range []string{"nvme0n1p1", "nvme0n1p5", "sda1", "sdb1"} {
		if err := os.WriteFile(filepath.Join(c.Dev, node), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hidden, err := c.HideCopies(start.Disk{Name: "sdb", Table: image})
	if err != nil || !slices.Equal(hidden, []string{"nvme0n1"}) {
		t.Errorf("HideCopies = %v, %v; want nvme0n1", hidden, err)
	}
	entries, err := os.ReadDir(c.Dev)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"sda", "sda1", "sdb", "sdb1"}; !slices.Equal(left, want) {
		t.Errorf("nodes left = %v; want %v", left, want)
	}
}
