// Package loader gives a disk what starts before Linux: Debian's shim and
// signed GRUB for machines with UEFI, Secure Boot on or off; GRUB for a BIOS in
// the first sector and a partition of its own; and one grub.cfg for both, which
// decides which slot is started.
//
//	err := debian.Unpack(file, …parts.Take…)          // for each of Packages
//	files, err := parts.ESP()                         // for the boot partition
//	bios, err := parts.BIOS(ctx, "grub-mkimage")
//	err = bios.Install(image, table)
//
// It signs nothing: shim and GRUB are Debian's, byte for byte. It never writes
// to a firmware's variables and installs nothing on the machine that builds.
// Why this loader, and what it can not do, is in images/docs/0001.
package loader

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// config is the loader's program.
//
//go:embed grub.cfg
var config string

// Config returns grub.cfg.
func Config() []byte { return []byte(config) }

// Packages are the Debian packages that hold the parts.
func Packages() []string { return []string{"shim-signed", "grub-efi-amd64-signed", "grub-pc-bin"} }

// Where the packages keep the parts.
const (
	shimPath = "usr/lib/shim/shimx64.efi.signed"
	grubPath = "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"
	biosPath = "usr/lib/grub/i386-pc"
)

// ErrMissing says that the packages hold a part no more.
var ErrMissing = errors.New("part of the loader is missing")

// Parts are the files of Debian's packages that the loader is made of.
type Parts struct {
	Shim, Grub []byte
	BIOSFiles  map[string][]byte // what grub-mkimage needs for a BIOS, by name
}

// Take keeps a file of a package when it is a part; name is its path without a
// leading slash. It is what to call for each entry of [Packages].
func (p *Parts) Take(name string, content io.Reader) (err error) {
	switch {
	case name == shimPath:
		p.Shim, err = io.ReadAll(content)
	case name == grubPath:
		p.Grub, err = io.ReadAll(content)
	case path.Dir(name) == biosPath && wantedForBIOS(path.Base(name)):
		err = p.takeForBIOS(path.Base(name), content)
	}
	if err != nil {
		return fmt.Errorf("take %s: %w", path.Base(name), err)
	}
	return nil
}

func (p *Parts) takeForBIOS(name string, content io.Reader) error {
	b, err := io.ReadAll(content)
	if p.BIOSFiles == nil {
		p.BIOSFiles = map[string][]byte{}
	}
	p.BIOSFiles[name] = b
	return err
}

func wantedForBIOS(name string) bool {
	return strings.HasSuffix(name, ".mod") || slices.Contains([]string{"boot.img", "diskboot.img", "kernel.img", "lzma_decompress.img", "moddep.lst"}, name)
}

// ESP returns the loader's files of the boot partition by their path: the
// programs, grub.cfg, and the memory of a disk whose slots both hold a release.
func (p Parts) ESP() (map[string][]byte, error) {
	if len(p.Shim) == 0 || len(p.Grub) == 0 {
		return nil, fmt.Errorf("shim or GRUB: %w", ErrMissing)
	}
	memory, err := slot.NewEnv().Encode()
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		slot.FileShim: p.Shim, slot.FileGrub: p.Grub, slot.FileGrubConfig: Config(),
		slot.FileEnv: memory, slot.FileEnvSpare: memory,
	}, nil
}
