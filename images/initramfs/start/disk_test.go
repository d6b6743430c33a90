package start_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/mallette-kit/mallette/images/initramfs/start"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

const sectors = 5_300_000

// computer is a /sys and a /dev with disks of real size.
type computer struct{ start.Finder }

func newComputer(t *testing.T) computer {
	t.Helper()
	dir := t.TempDir()
	return computer{start.Finder{Sys: filepath.Join(dir, "sys"), Dev: filepath.Join(dir, "dev")}}
}

func (c computer) put(t *testing.T, file, text string) {
	t.Helper()
	file = filepath.Join(c.Sys, "block", file)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text+"\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// disk adds a disk with a table, or without for none.
func (c computer) disk(t *testing.T, name string, removable bool, table *slot.Table) {
	t.Helper()
	c.put(t, name+"/size", strconv.Itoa(sectors))
	c.put(t, name+"/queue/logical_block_size", "512")
	c.put(t, name+"/removable", map[bool]string{true: "1", false: "0"}[removable])
	if err := os.MkdirAll(c.Dev, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(c.Dev, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(sectors * slot.SectorSize); err != nil {
		t.Fatal(err)
	}
	if table == nil {
		return
	}
	if err := table.Write(f); err != nil {
		t.Fatal(err)
	}
}

func tables(t *testing.T) (image, own slot.Table) {
	t.Helper()
	image, err := slot.NewTable(sectors)
	if err != nil {
		t.Fatal(err)
	}
	return image, image.Renew()
}

func bootOf(t slot.Table) slot.Start {
	p, _ := t.Partition(slot.PartitionESP)
	return slot.Start{Disk: p.GUID, Slot: slot.A}
}

func TestCardsAreRemovable(t *testing.T) {
	_, own := tables(t)
	for kind, want := range map[string]bool{"SD": true, "MMC": false} {
		c := newComputer(t)
		c.disk(t, "mmcblk0", false, &own)
		c.put(t, "mmcblk0/device/type", kind)
		if got, err := c.Find(bootOf(own)); err != nil || got.Removable != want {
			t.Errorf("Find on %s = removable %v, %v; want %v", kind, got.Removable, err, want)
		}
	}
}

func TestIdentity(t *testing.T) {
	image, own := tables(t)
	whole := slot.Condition{Primary: true, Backup: true}
	cases := []struct {
		name   string
		disk   start.Disk
		needed bool
	}{
		{"flashed by kitctl", start.Disk{Sectors: sectors, Table: own, Condition: whole}, false},
		{"written by another program", start.Disk{Sectors: sectors, Table: image, Condition: whole}, true},
		{"on a larger stick", start.Disk{Sectors: 3 * sectors, Table: image, Condition: slot.Condition{Primary: true}}, true},
		{"torn by a power cut", start.Disk{Sectors: sectors, Table: own, Condition: slot.Condition{Backup: true}}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			next, needed := start.Identity(c.disk)
			was, _ := c.disk.Table.Partition(slot.PartitionESP)
			if esp, _ := next.Partition(slot.PartitionESP); esp.GUID != was.GUID {
				t.Errorf("boot partition = %s; want %s, which the loader has passed on", esp.GUID, was.GUID)
			}
			if needed != c.needed || next.WithESP(slot.NewGUID()).FromImage() || next.Sectors != c.disk.Sectors {
				t.Errorf("Identity = %+v, %v; want own identifiers, the whole disk, needed %v", next, needed, c.needed)
			}
		})
	}
}
