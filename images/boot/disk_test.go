package boot_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/images/build/squash"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// disk is an image that a test opens, as a technician's tool would, while the
// machine is off.
type disk struct {
	t *testing.T
	*boot.Drive
	table slot.Table
	esp   *slot.ESP
}

// edit opens the disk, lets change work on it and closes it.
func edit(t *testing.T, d boot.Disk, change func(*disk)) {
	t.Helper()
	drive, err := boot.OpenDrive(t.Context(), d.File)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := drive.Close(); err != nil {
			t.Error(err)
		}
	}()
	table, _, err := slot.ReadTable(drive, uint64(drive.Size())/slot.SectorSize)
	if err != nil {
		t.Fatal(err)
	}
	x := &disk{t: t, Drive: drive, table: table}
	if x.esp, err = slot.OpenESP(x.part(slot.PartitionESP)); err != nil {
		t.Fatal(err)
	}
	change(x)
}

func (d *disk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *disk) part(number int) slot.Device {
	p, ok := d.table.Partition(number)
	if !ok {
		d.t.Fatalf("disk has no partition %d", number)
	}
	return slot.Section(d.Drive, int64(p.First)*slot.SectorSize, int64(p.Last-p.First+1)*slot.SectorSize)
}

// renew gives the disk its own identifiers, as flashing does.
func (d *disk) renew() {
	d.table = d.table.Renew()
	d.must(d.table.Write(d.Drive))
}

func (d *disk) env() slot.Env {
	e, _, err := slot.ReadEnv(d.esp)
	d.must(err)
	return e
}

func (d *disk) setEnv(e slot.Env) { d.must(slot.WriteEnv(d.esp, e)) }

// contents reads the files of a slot's container.
func (d *disk) contents(id slot.ID) map[string][]byte {
	f, err := d.esp.Open(slot.ContainerFile(id))
	d.must(err)
	all, err := unpack(f)
	d.must(err)
	return all
}

// change rewrites a slot's container.
func (d *disk) change(id slot.ID, alter func(map[string][]byte)) {
	f, err := d.esp.Open(slot.ContainerFile(id))
	d.must(err)
	image, err := altered(f, alter)
	d.must(err)
	_, err = f.WriteAt(image, 0)
	d.must(err)
}

// inContainer are the files of a container, in their order.
var inContainer = []string{slot.ContainerKernel, slot.ContainerInitrd, slot.ContainerCommand}

func unpack(from io.ReaderAt) (map[string][]byte, error) {
	c, err := slot.OpenContainer(from)
	all := map[string][]byte{}
	for _, name := range inContainer {
		var r io.Reader
		if err == nil {
			r, err = c.Open(name)
		}
		if err == nil {
			all[name], err = io.ReadAll(r)
		}
	}
	return all, err
}

// altered packs a container anew.
func altered(from io.ReaderAt, alter func(map[string][]byte)) ([]byte, error) {
	all, err := unpack(from)
	if err != nil {
		return nil, err
	}
	alter(all)
	var list []slot.Content
	for _, name := range inContainer {
		list = append(list, slot.Content{Name: name, Size: int64(len(all[name])), Data: bytes.NewReader(all[name])})
	}
	var image bytes.Buffer
	_, err = slot.WriteContainer(&image, list)
	return image.Bytes(), err
}

// deadline gives a release on trial so many seconds to be healthy.
func deadline(seconds int) func(map[string][]byte) {
	return func(all map[string][]byte) {
		all[slot.ContainerCommand] = slot.Command(fmt.Sprintf("%s loglevel=7 %s=%d", slot.KernelArguments, slot.WordDeadline, seconds))
	}
}

// loud lets the kernel say everything on the serial line.
func loud(all map[string][]byte) {
	all[slot.ContainerCommand] = bytes.Replace(all[slot.ContainerCommand], []byte("loglevel=4"), []byte("loglevel=7"), 1)
}

// bad puts a release into the slot whose root does what the word says.
func (d *disk) bad(id slot.ID, behaviour string) {
	d.seal(id, smallRoot(d.t, "./badinit", map[string][]byte{"behaviour": []byte(behaviour)}))
}

// smallRoot is a root whose init is a program of this folder.
func smallRoot(t *testing.T, program string, files map[string][]byte) []byte {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	for _, folder := range []string{"dev", "proc", "sys", "gokrazy", "etc", "tmp", "perm", "run", "shop"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		write(t, filepath.Join(root, name), content)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(root, "gokrazy", "init"), program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v: %s", program, err, said)
	}
	image := root + ".squashfs"
	if err := squash.Make(t.Context(), root, image, squash.Plain, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	b := read(t, image)
	return append(b, make([]byte, (slot.BlockSize-len(b)%slot.BlockSize)%slot.BlockSize)...)
}

// seal writes a root to the slot, with its tree, and names it in the initrd.
func (d *disk) seal(id slot.ID, image []byte) {
	v, tree, err := slot.Seal(bytes.NewReader(image), []byte("a test's salt"), slot.NewGUID())
	d.must(err)
	part := d.part(id.Partition())
	_, err = part.WriteAt(append(image, tree...), 0)
	d.must(err)
	d.describe(id, func(r *slot.Release) { r.Root = v })
}

// describe changes what a slot's initrd says of its release.
func (d *disk) describe(id slot.ID, alter func(*slot.Release)) {
	d.change(id, func(all map[string][]byte) { redescribe(d.t, all, alter) })
}

func redescribe(t *testing.T, all map[string][]byte, alter func(*slot.Release)) {
	t.Helper()
	initrd := all[slot.ContainerInitrd]
	was, err := slot.ReadRelease(bytes.NewReader(initrd))
	if err != nil {
		t.Fatal(err)
	}
	old, err := slot.Describe(was)
	if err != nil || !bytes.HasPrefix(initrd, old) {
		t.Fatalf("initrd does not begin with its description %+v: %v", was, err)
	}
	alter(&was)
	now, err := slot.Describe(was)
	if err != nil {
		t.Fatal(err)
	}
	all[slot.ContainerInitrd] = append(now, initrd[len(old):]...)
}
