package build

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/images/build/cache"
	"github.com/mallette-kit/mallette/images/build/debian"
	"github.com/mallette-kit/mallette/images/build/gokrazy"
	"github.com/mallette-kit/mallette/images/build/lock"
	"github.com/mallette-kit/mallette/images/build/pick"
	"github.com/mallette-kit/mallette/images/build/squash"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Files of a root step's result.
const (
	rootImage  = "root.img"  // squashfs, hash tree behind it
	rootVerity = "root.json" // slot.Verity
)

// Margin is what must be left of a root partition for the updates of years.
const Margin = slot.SizeRoot / 8

// ErrRootFull says that a root leaves less than [Margin].
var ErrRootFull = errors.New("root leaves too little of its partition")

// bootFiles is where a board's programs step leaves what gok puts on the boot
// partition.
const bootFiles = "boot.fat"

// programs builds our programs and gokrazy's by gok and unpacks what came out. A
// kernel is named where it is none of gokrazy's; the others come with boot files.
func (b *Builder) programs(ctx context.Context, image, kernel string) (string, error) {
	sources, err := b.sources(image)
	if err != nil {
		return "", err
	}
	return b.step("programs-"+image, cache.KeyOf("1", b.Version, b.Date.Unix(), goVersion(), sources), func(dir string) error {
		var said bytes.Buffer
		i := gokrazy.Instance{Repository: b.Repository, Name: image, Kernel: kernel, Version: b.Version, Date: b.Date, Log: &said}
		out := filepath.Join(dir, "gok.squashfs")
		boot := ""
		if kernel == "" {
			boot = filepath.Join(dir, bootFiles)
		}
		if err := i.Root(ctx, b.Program, out, boot); err != nil {
			return fmt.Errorf("%w\n%s", err, said.Bytes())
		}
		return errors.Join(squash.Open(ctx, out, filepath.Join(dir, "root")), os.Remove(out))
	})
}

// sources sums up every file that programs of a station may be made from.
func (b *Builder) sources(image string) (string, error) {
	h := sha256.New()
	for _, top := range []string{"go.mod", "go.sum", "device", "fleet", "hardware", "kiosk-ui", "provisioning",
		filepath.Join("images", image, "config.json"), filepath.Join("images", image, "builddir")} {
		err := filepath.WalkDir(b.path(top), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || !d.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(name)
			fmt.Fprintf(h, "%q %x\n", name[len(b.Repository):], sha256.Sum256(content))
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// inRoot reports whether a package's contents go into the root: firmware, and
// what countries allow on the air.
func inRoot(p lock.Package) bool {
	return strings.HasPrefix(p.Name, "firmware-") || p.Name == "wireless-regdb"
}

// firmware unpacks what the list takes of the firmware packages.
func (b *Builder) firmware(d debs, list pick.List, root string) error {
	for _, p := range d.lock {
		if !inRoot(p) {
			continue
		}
		if err := debian.Unpack(d.files[p.Name], func(f debian.File, r io.Reader) error { return b.firmwareFile(p.Name, f, r, list, root) }); err != nil {
			return err
		}
	}
	return nil
}

func (b *Builder) firmwareFile(from string, f debian.File, r io.Reader, list pick.List, root string) error {
	name := f.Name
	rest, ok := strings.CutPrefix(strings.TrimPrefix(name, "usr/"), "lib/firmware/")
	switch {
	case name == "usr/share/doc/"+from+"/copyright":
	case !ok || !list.Takes(rest):
		return nil
	default:
		name = "lib/firmware/" + rest
	}
	to := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	switch f.Type {
	case tar.TypeReg:
		content, err := io.ReadAll(r)
		return errors.Join(err, write(to, content, 0o644))
	case tar.TypeSymlink:
		return os.Symlink(f.Link, to)
	case tar.TypeLink:
		return os.Link(filepath.Join(root, f.Link), to)
	}
	return nil
}

// dangling removes links to what the list has left, and links to them.
func dangling(root string) error {
	for {
		gone := 0
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.Type()&fs.ModeSymlink == 0 {
				return err
			}
			if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
				gone++
				return os.Remove(name)
			}
			return nil
		})
		if err != nil || gone == 0 {
			return err
		}
	}
}

// authorities writes the certificates that Debian's package trusts as one file.
func authorities(deb, to string) error {
	certs := map[string][]byte{}
	err := debian.Unpack(deb, func(f debian.File, r io.Reader) (err error) {
		if path.Ext(f.Name) == ".crt" && f.Type == tar.TypeReg {
			certs[f.Name], err = io.ReadAll(r)
		}
		return err
	})
	if err != nil {
		return err
	}
	var all []byte
	for _, name := range slices.Sorted(maps.Keys(certs)) {
		all = append(all, certs[name]...)
	}
	if len(all) == 0 {
		return errors.New("no certificate authorities in Debian's package")
	}
	return write(to, all, 0o444)
}

// seal makes the squashfs of the folder, with its hash tree, and notes what
// names it.
func (b *Builder) seal(ctx context.Context, folder, dir string, salt [sha256.Size]byte) error {
	image := filepath.Join(dir, rootImage)
	if err := squash.Make(ctx, folder, image, squash.Plain, b.Date); err != nil {
		return err
	}
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	v, tree, err := slot.Seal(f, salt[:], slot.GUID(salt[:16]))
	if err != nil {
		return err
	}
	if v.Size() > slot.SizeRoot-Margin {
		return fmt.Errorf("%w: %d of %d bytes used", ErrRootFull, v.Size(), slot.SizeRoot)
	}
	if _, err := f.WriteAt(tree, v.Size()-int64(len(tree))); err != nil {
		return err
	}
	text, err := json.Marshal(v)
	return errors.Join(err, f.Close(), os.WriteFile(filepath.Join(dir, rootVerity), text, 0o644))
}

// join gives every file of the folder a second name below another one. Folders
// that are there already are shared; a file that is there is replaced.
func join(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		at := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(at, 0o755)
		}
		if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			return errors.Join(err, os.Symlink(target, at))
		}
		return os.Link(name, at)
	})
}
