// Package initramfs packs the first file system of a station: the first program
// (folder init, steps in package start), the few modules that it needs to reach
// the disk, and Debian's static e2fsck.
//
// What it writes is a zstd cpio without times or owners, so that equal parts
// make equal bytes. In front of it goes [slot.Describe], which names the root of
// one release; together they are a container's initrd. The package never builds
// the parts: who assembles an image brings them.
package initramfs

import (
	"bytes"
	_ "embed" // the list of modules
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/hardware/kmod"
	"github.com/mallette-kit/mallette/hardware/kmod/depmod"
	"github.com/mallette-kit/mallette/images/initramfs/start"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

//go:embed modules.txt
var modules string

// Wanted returns the names of the modules that an initramfs holds, without what
// they need.
func Wanted() (names []string) {
	for line := range strings.Lines(modules) {
		line, _, _ = strings.Cut(line, "#")
		names = append(names, strings.Fields(line)...)
	}
	return names
}

// Parts is what an initramfs is made of.
type Parts struct {
	Init []byte // the first program, static, for the kernel's machine
	Fsck []byte // e2fsck, static: package e2fsck-static

	Dir     string        // folder of the kernel's modules
	All     []kmod.Module // what depmod.Scan found there
	Builtin []string      // what depmod.Builtin found there
}

// Pack writes the compressed archive. A module of the list that the kernel does
// not have is an error: a station without it may not find its disk.
func Pack(w io.Writer, p Parts) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(8<<20))
	if err != nil {
		return fmt.Errorf("pack initramfs: %w", err)
	}
	if err := p.write(slot.NewArchive(z)); err != nil {
		return fmt.Errorf("pack initramfs: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("pack initramfs: %w", err)
	}
	return nil
}

func (p Parts) write(a *slot.Archive) error {
	for _, dir := range start.Folders() {
		a.Folder(strings.TrimPrefix(dir, "/"), 0o755)
	}
	a.Character("dev/console", 0o600, 5, 1)
	a.Character("dev/null", 0o666, 1, 3)
	a.File("init", 0o755, p.Init)
	a.File(strings.TrimPrefix(start.Fsck, "/"), 0o755, p.Fsck)
	if err := p.modules(a); err != nil {
		return err
	}
	return a.Close()
}

func (p Parts) modules(a *slot.Archive) error {
	some, missing := depmod.Closure(p.All, p.unbuilt())
	if len(missing) > 0 {
		return fmt.Errorf("the kernel has no module %s", strings.Join(missing, ", "))
	}
	dir := strings.TrimPrefix(start.ModulesDir, "/")
	for i, m := range some {
		ko, err := depmod.Read(filepath.Join(p.Dir, m.Path))
		if err != nil {
			return err
		}
		some[i].Path = m.Name + ".ko"
		a.File(dir+"/"+some[i].Path, 0o644, ko)
	}
	var index bytes.Buffer
	if err := kmod.WriteIndex(&index, some, p.Builtin); err != nil {
		return err
	}
	a.File(dir+"/"+kmod.IndexFile, 0o644, index.Bytes())
	return nil
}

// unbuilt is what is wanted and not part of the kernel itself.
func (p Parts) unbuilt() (names []string) {
	in := map[string]bool{}
	for _, name := range p.Builtin {
		in[name] = true
	}
	for _, name := range Wanted() {
		if !in[kmod.Name(name)] {
			names = append(names, name)
		}
	}
	return names
}
