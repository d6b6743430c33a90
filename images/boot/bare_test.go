package boot_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/hardware/kmod"
	"github.com/mallette-kit/mallette/images/boot"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// bareFiles is the first file system of a machine that starts the image's kernel
// and the program witness, and nothing else.
type bareFiles struct {
	t      *testing.T
	offset int64             // of root A in the image
	kernel string            // file
	files  map[string]string // name in there → file out here
}

// bare opens the image's slot A.
func bare(t *testing.T) *bareFiles {
	t.Helper()
	b := &bareFiles{t: t, kernel: filepath.Join(t.TempDir(), "linux"), files: map[string]string{}}
	edit(t, stick(t), func(d *disk) {
		write(t, b.kernel, d.contents(slot.A)[slot.ContainerKernel])
		p, _ := d.table.Partition(slot.PartitionRootA)
		b.offset, _ = p.Bytes()
	})
	b.program("./witness", "init")
	return b
}

// program compiles a program of the repository into the file system.
func (b *bareFiles) program(folder, to string) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "program")
	cmd := exec.CommandContext(b.t.Context(), "go", "build", "-o", file, folder)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if said, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("compile %s: %v\n%s", folder, err, said)
	}
	b.files[to] = file
}

// modules takes drivers out of the image's root, with all that they need.
func (b *bareFiles) modules(names []string) {
	b.t.Helper()
	dir := b.extract("lib/modules/*/" + kmod.IndexFile)
	found, err := filepath.Glob(filepath.Join(dir, "lib/modules/*"))
	if err != nil || len(found) != 1 {
		b.t.Fatalf("folders of modules in the root = %v, %v; want one", found, err)
	}
	needed := []string{kmod.IndexFile}
	take := kmod.WithInsert(func(path string) error {
		name, err := filepath.Rel(found[0], path)
		needed = append(needed, name)
		return err
	})
	all, err := kmod.Open(found[0], take)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, name := range names {
		if err := all.Load(b.t.Context(), name); err != nil {
			b.t.Fatal(err)
		}
	}
	var paths []string
	for _, name := range needed {
		paths = append(paths, filepath.Join("lib/modules", filepath.Base(found[0]), name))
	}
	root := b.extract(paths...)
	for i, name := range needed {
		b.files[filepath.Join("modules", name)] = filepath.Join(root, paths[i])
	}
}

// extract reads files of the root.
func (b *bareFiles) extract(paths ...string) (dir string) {
	b.t.Helper()
	dir = filepath.Join(b.t.TempDir(), "root")
	run(b.t, "unsquashfs", append([]string{"-q", "-n", "-no-xattrs", "-o", fmt.Sprint(b.offset), "-d", dir, pcImage}, paths...)...)
	return dir
}

// start switches a machine on that does nothing but look at what with the
// drivers loaded.
func (b *bareFiles) start(ctx context.Context, what string, drivers ...string) *boot.VM {
	b.t.Helper()
	b.modules(drivers)
	initrd := filepath.Join(b.t.TempDir(), "initrd")
	write(b.t, initrd, b.archive())
	command := "console=ttyS0 loglevel=5 printk.devkmsg=on panic=-1 -- " + strings.Join(append([]string{what}, drivers...), " ")
	return on(ctx, b.t, boot.Machine{Dir: b.t.TempDir(), Firmware: boot.BIOS, Memory: 512,
		Extra: []string{"-smp", "1", "-kernel", b.kernel, "-initrd", initrd, "-append", command}})
}

// archive holds the files and their folders, parents first.
func (b *bareFiles) archive() []byte {
	b.t.Helper()
	var out bytes.Buffer
	a := slot.NewArchive(&out)
	folders := map[string]bool{".": true, "dev": true, "proc": true, "sys": true, "run": true, "tmp": true}
	for name := range b.files {
		for dir := filepath.Dir(name); !folders[dir]; dir = filepath.Dir(dir) {
			folders[dir] = true
		}
	}
	delete(folders, ".")
	for _, dir := range sortedNames(folders) {
		a.Folder(dir, 0o755)
	}
	a.Character("dev/console", 0o600, 5, 1)
	for _, name := range sortedNames(b.files) {
		a.File(name, 0o755, read(b.t, b.files[name]))
	}
	if err := a.Close(); err != nil {
		b.t.Fatal(err)
	}
	return out.Bytes()
}

func sortedNames[T any](m map[string]T) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// says awaits lines in their order, then the end of the machine.
func says(ctx context.Context, t *testing.T, vm *boot.VM, lines ...string) (groups [][]string) {
	t.Helper()
	for _, line := range append(lines, `witness: ended: <nil>`) {
		said, err := vm.Console.Await(ctx, line)
		if err != nil {
			t.Fatalf("%v\nthe whole console:\n%s", err, vm.Console.Text())
		}
		groups = append(groups, said)
	}
	if err := vm.AwaitOff(ctx); err != nil {
		t.Error(err)
	}
	return groups
}
