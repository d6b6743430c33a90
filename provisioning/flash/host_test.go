package flash_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/flash"
)

// machine writes what a kernel tells about its disks.
type machine struct {
	t *testing.T
	flash.Host
}

func newMachine(t *testing.T) machine {
	dir := t.TempDir()
	m := machine{t, flash.Host{Sys: dir + "/sys", Proc: dir + "/proc", Dev: dir + "/dev"}}
	m.write(m.Proc+"/self/mountinfo", "22 1 0:20 / /proc rw - proc proc rw\n")
	m.write(m.Proc+"/swaps", "Filename Type Size Used Priority\n")
	for _, sub := range []string{"/block", "/class/block"} {
		if err := os.MkdirAll(m.Sys+sub, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m machine) write(path, text string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// disk adds a disk below a bus, with attributes as "name=value".
func (m machine) disk(bus, name, numbers string, attributes ...string) string {
	m.t.Helper()
	dir := m.Sys + "/devices/" + bus + "/block/" + name
	m.write(dir+"/dev", numbers)
	m.write(dir+"/size", "1000")
	for _, a := range attributes {
		k, v, _ := strings.Cut(a, "=")
		m.write(dir+"/"+k, v+"\n")
	}
	m.link(dir, m.Sys+"/block/"+name)
	m.link(dir, m.Sys+"/class/block/"+name)
	m.write(m.Dev+"/"+name, strings.Repeat("\x00", 600))
	return dir
}

func (m machine) part(disk, name, numbers string) {
	m.t.Helper()
	m.write(disk+"/"+name+"/partition", "1")
	m.write(disk+"/"+name+"/dev", numbers)
	m.write(disk+"/"+name+"/size", "100")
	m.link(disk+"/"+name, m.Sys+"/class/block/"+name)
}

func (m machine) link(to, at string) {
	m.t.Helper()
	if err := os.Symlink(to, at); err != nil {
		m.t.Fatal(err)
	}
}

func (m machine) get(name string) flash.Disk {
	m.t.Helper()
	d, err := m.Disk(name)
	if err != nil {
		m.t.Fatal(err)
	}
	return d
}

const usb = "pci0/usb1/1-2"

func TestListTells(t *testing.T) {
	m := newMachine(t)
	m.disk("pci0/ata1/host0", "sda", "8:0", "removable=0", "device/model=Big Disk  ")
	stick := m.disk(usb+"/host2", "sdb", "8:16", "removable=1", "diskseq=12", "device/vendor=Kings\x01ton", "device/model=Data")
	m.write(m.Sys+"/devices/"+usb+"/idVendor", "0951")
	m.write(m.Sys+"/devices/"+usb+"/serial", "0019E06B\n")
	m.part(stick, "sdb1", "8:17")
	m.part(stick, "sdb10", "8:26")
	m.part(stick, "sdb2", "8:18")
	m.disk("mmc0", "mmcblk0", "179:0", "device/type=SD", "device/name=SC16G", "device/serial=0xabc", "ro=1")
	m.disk("mmc1", "mmcblk1", "179:8", "device/type=MMC")
	m.disk(usb+"/host3", "sdc", "8:32", "size=0")
	m.disk("virtual", "loop0", "7:0")
	disks, err := m.List()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range disks {
		names = append(names, d.Name)
	}
	if want := []string{"mmcblk0", "sdb", "mmcblk1", "sda"}; !slices.Equal(names, want) {
		t.Fatalf("List = %v; want %v", names, want)
	}
	d := disks[1]
	if d.Model != "Kings ton Data" || d.Serial != "0019E06B" || d.Bus != flash.BusUSB || d.Size != 512000 || d.Sequence != 12 {
		t.Errorf("stick = %+v", d)
	}
	if len(d.Parts) != 3 || d.Parts[1].Name != "sdb2" || d.Parts[2].Name != "sdb10" {
		t.Errorf("partitions = %+v; want sdb1, sdb2, sdb10", d.Parts)
	}
	if d := disks[0]; d.Model != "SC16G" || d.Bus != flash.BusCard || flash.KindOf(d.Refusal(1)) != flash.KindReadOnly {
		t.Errorf("card = %+v, %v", d, d.Refusal(1))
	}
}

// TestRefusal: whoever uses a disk, in whatever way, keeps it.
func TestRefusal(t *testing.T) {
	for _, c := range []struct {
		name string
		use  func(m machine, disk string)
		kind flash.Kind
	}{
		{"free", func(machine, string) {}, ""},
		{"a partition is mounted", func(m machine, _ string) {
			m.write(m.Proc+"/self/mountinfo", "36 35 8:17 / /media/cle\\040bleue rw - vfat /dev/sdb1 rw\n")
		}, flash.KindInUse},
		{"a subvolume is mounted under numbers of its own", func(m machine, _ string) {
			m.write(m.Proc+"/self/mountinfo", "36 35 0:41 /@ /mnt rw,x shared:2 - btrfs /dev/sdb1 rw\n")
		}, flash.KindInUse},
		{"the system", func(m machine, _ string) {
			m.write(m.Proc+"/self/mountinfo", "36 35 8:17 / / rw - ext4 /dev/root rw\n")
		}, flash.KindSystem},
		{"swap", func(m machine, _ string) {
			m.write(m.Proc+"/swaps", "Filename Type Size Used Priority\n/dev/sdb1 partition 1 0 -2\n")
		}, flash.KindSystem},
		{"a volume nobody mounted", func(m machine, disk string) {
			m.write(disk+"/sdb1/holders/dm-0", "")
		}, flash.KindInUse},
		{"the system in a volume in a volume", func(m machine, disk string) {
			m.write(disk+"/sdb1/holders/dm-0", "")
			m.write(m.Sys+"/class/block/dm-0/holders/dm-1", "")
			m.write(m.Sys+"/class/block/dm-0/dev", "253:0")
			m.write(m.Sys+"/class/block/dm-1/dev", "253:1")
			m.write(m.Proc+"/self/mountinfo", "36 35 253:1 / / rw - ext4 /dev/mapper/vg-root rw\n")
		}, flash.KindSystem},
		{"a volume that holds itself", func(m machine, disk string) {
			m.write(disk+"/sdb1/holders/dm-0", "")
			m.write(m.Sys+"/class/block/dm-0/holders/dm-0", "")
		}, flash.KindInUse},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			dir := m.disk(usb, "sdb", "8:16", "removable=1")
			m.part(dir, "sdb1", "8:17")
			c.use(m, dir)
			wantKinds(t, []error{m.get("sdb").Refusal(512000)}, c.kind)
		})
	}
}

func TestRefusalSize(t *testing.T) {
	m := newMachine(t)
	m.disk(usb, "sdb", "8:16")
	wantKinds(t, []error{m.get("/dev/sdb").Refusal(512001)}, flash.KindSmall)
}

// TestRefusalSectors: an image counts in sectors of 512 bytes, and so do its file
// systems.
func TestRefusalSectors(t *testing.T) {
	m := newMachine(t)
	dir := m.disk(usb, "sdb", "8:16")
	for sectors, want := range map[string]flash.Kind{"512": "", "4096": flash.KindSectors} {
		m.write(dir+"/queue/logical_block_size", sectors+"\n")
		wantKinds(t, []error{m.get("sdb").Refusal(1)}, want)
	}
}

func TestDiskMissing(t *testing.T) {
	m := newMachine(t)
	m.part(m.disk(usb, "sdb", "8:16"), "sdb1", "8:17")
	for _, name := range []string{"sdz", "sdb1", "", "..", "../sdb", "/etc/passwd", "sdb/sdb1"} {
		if _, err := m.Disk(name); flash.KindOf(err) != flash.KindMissing {
			t.Errorf("Disk(%q) = %v; want missing", name, err)
		}
	}
}

func TestRecognise(t *testing.T) {
	at := func(off int, text string, more ...any) []byte {
		b := make([]byte, 68<<10)
		copy(b[off:], text)
		for i := 0; i < len(more); i += 2 {
			copy(b[more[i].(int):], more[i+1].(string))
		}
		return b
	}
	for _, c := range []struct {
		name string
		head []byte
		want flash.Content
	}{
		{"nothing", make([]byte, 4096), flash.Content{}},
		{"short", []byte{0xeb}, flash.Content{}},
		{"Windows", at(3, "NTFS    ", 0x1fe, "\x55\xaa"), flash.Content{Format: flash.FormatNTFS}},
		{"Windows, encrypted", at(3, "-FVE-FS-", 0x52, "FAT32   "), flash.Content{Format: flash.FormatBitLocker}},
		{"a camera's card", at(0x52, "FAT32   ", 0x47, "VACANCES   ", 0x1fe, "\x55\xaa"), flash.Content{Format: flash.FormatFAT, Label: "VACANCES"}},
		{"no name", at(0x52, "FAT32   ", 0x47, "NO NAME    "), flash.Content{Format: flash.FormatFAT}},
		{"Linux", at(0x438, "\x53\xef", 0x478, "racine\x00xx"), flash.Content{Format: flash.FormatExt, Label: "racine"}},
		{"a name that is not text", at(0x438, "\x53\xef", 0x478, "\x1b[2Jx"), flash.Content{Format: flash.FormatExt, Label: "[2Jx"}},
		{"a table", at(0x200, "EFI PART"), flash.Content{Format: flash.FormatTable}},
		{"begun", at(0, "Mallette: not written to its end"), flash.Content{Format: flash.FormatBegun}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := flash.Recognise(c.head); got != c.want {
				t.Errorf("Recognise = %+v; want %+v", got, c.want)
			}
		})
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add([]byte("LUKS\xba\xbe"))
	f.Add([]byte("xyzNTFS    "))
	f.Fuzz(func(t *testing.T, head []byte) {
		c := flash.Recognise(head)
		if strings.ContainsFunc(c.Label, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("Recognise gave the label %q", c.Label)
		}
	})
}

func FuzzUses(f *testing.F) {
	f.Add("36 35 98:0 / /mnt rw - ext3 /dev/sda1 rw\n", "/dev/sda2 partition 1 0 -2\n")
	f.Add(" - \n- - -", "\x00")
	f.Fuzz(func(t *testing.T, mounts, swaps string) {
		for _, by := range flash.ParseUses(mounts, swaps) {
			if by == "" {
				t.Errorf("ParseUses(%q, %q) has a use by nobody", mounts, swaps)
			}
		}
	})
}

func FuzzSum(f *testing.F) {
	f.Add(strings.Repeat("ab", 32)+"  a.img.zst\n", "a.img.zst")
	f.Add("zz *a.img.zst\n", "a.img.zst")
	f.Fuzz(func(t *testing.T, list, name string) {
		sum, err := flash.Sum(strings.NewReader(list), name)
		if err != nil && flash.KindOf(err) != flash.KindSums {
			t.Errorf("Sum = %x, %v; want kind sums", sum, err)
		}
	})
}
