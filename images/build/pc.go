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
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/mallette-kit/mallette/images/build/cache"
	"github.com/mallette-kit/mallette/images/build/debian"
	"github.com/mallette-kit/mallette/images/build/kernel"
	"github.com/mallette-kit/mallette/images/build/loader"
	"github.com/mallette-kit/mallette/images/build/lock"
	"github.com/mallette-kit/mallette/images/build/pick"
	"github.com/mallette-kit/mallette/images/initramfs"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// pc is one build of the PC image: each field is filled by the step of its name.
type pc struct {
	*Builder
	debs      debs
	kernel    kernel.Kernel
	tree      string      // folder of the root's contents
	root      string      // folder with rootImage and rootVerity
	verity    slot.Verity // of the root
	carried   carried
	container string // file
	perm      permanent
	userland  lock.Lock // of the kiosk's userland
	disk      string    // file
}

const (
	pcImage    = "kiosk-pc"
	kernelName = "linux-image-"
)

// locks are the packages that the image was made of, by where they are named.
func (p *pc) locks() map[string]lock.Lock {
	return map[string]lock.Lock{pcImage: p.debs.lock, "userland/kiosk": p.userland}
}

func goVersion() string { return runtime.Version() }

func (p *pc) inputs(ctx context.Context) (err error) {
	p.debs, err = p.fetch(ctx, pcImage)
	return err
}

// kernelPackage finds the kernel in the lock.
func (d debs) kernelPackage() (lock.Package, error) {
	for _, p := range d.lock {
		if strings.HasPrefix(p.Name, kernelName) {
			return p, nil
		}
	}
	return lock.Package{}, errors.New("the lock names no kernel: make lock")
}

func (p *pc) openKernel(ctx context.Context) error {
	deb, err := p.debs.kernelPackage()
	if err != nil {
		return err
	}
	dir, err := p.step("kernel", cache.KeyOf("1", deb.SHA256), func(dir string) error {
		return kernel.Unpack(ctx, p.debs.files[deb.Name], dir)
	})
	if err != nil {
		return err
	}
	p.kernel, err = kernel.Open(dir)
	return err
}

// base is what of the root is Debian's: modules, firmware, authorities.
func (p *pc) base(ctx context.Context) (string, error) {
	modules, err := os.ReadFile(p.path("images", pcImage, "modules.txt"))
	if err != nil {
		return "", err
	}
	firmware, err := os.ReadFile(p.path("images", pcImage, "firmware.txt"))
	if err != nil {
		return "", err
	}
	sums := p.debs.sums(func(lock.Package) bool { return true })
	return p.step("base", cache.KeyOf("2", filepath.Base(p.kernel.Dir), string(modules), string(firmware), sums), func(dir string) error {
		return p.makeBase(ctx, dir, string(modules), string(firmware))
	})
}

func (p *pc) makeBase(ctx context.Context, dir, modules, firmware string) error {
	mods, err := pick.Parse(modules)
	if err != nil {
		return err
	}
	files, err := pick.Parse(firmware)
	if err != nil {
		return err
	}
	if err := p.kernel.Install(ctx, mods, dir); err != nil {
		return err
	}
	if err := p.kernelCopyright(dir); err != nil {
		return err
	}
	return p.fromDebian(p.debs, files, dir)
}

// kernelCopyright writes the terms of the kernel.
func (p *pc) kernelCopyright(dir string) error {
	deb, err := p.debs.kernelPackage()
	if err != nil {
		return err
	}
	to := filepath.Join(dir, "usr", "share", "doc", deb.Name, "copyright")
	return errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.Link(filepath.Join(p.kernel.Dir, "copyright"), to))
}

// fromDebian writes what a root has of its packages but for a kernel: firmware,
// regulations, authorities and everybody's terms.
func (b *Builder) fromDebian(d debs, list pick.List, dir string) error {
	if err := b.firmware(d, list, dir); err != nil {
		return err
	}
	if err := errors.Join(regulatory(dir), copyrights(d, dir), dangling(filepath.Join(dir, "lib", "firmware"))); err != nil {
		return err
	}
	return authorities(d.files["ca-certificates"], filepath.Join(dir, "etc", "ssl", "ca-bundle.pem"))
}

// copyrights writes the terms of the packages that are on the boot partition, or
// that were taken apart.
func copyrights(d debs, dir string) error {
	for _, p := range d.lock {
		if inRoot(p) || strings.HasPrefix(p.Name, kernelName) {
			continue
		}
		if err := copyright(d.files[p.Name], filepath.Join(dir, "usr", "share", "doc", p.Name, "copyright")); err != nil {
			return err
		}
	}
	return nil
}

// copyright takes the copyright file out of a package that has one of its own.
func copyright(deb, to string) error {
	return debian.Unpack(deb, func(f debian.File, r io.Reader) error {
		if f.Type != tar.TypeReg || filepath.Base(f.Name) != "copyright" || !strings.HasPrefix(f.Name, "usr/share/doc/") {
			return nil
		}
		content, err := io.ReadAll(r)
		return errors.Join(err, write(to, content, 0o644))
	})
}

// regulatory gives what countries allow on the air the name that the kernel asks
// for; Debian's package leaves that to a script.
func regulatory(root string) error {
	for _, name := range []string{"regulatory.db", "regulatory.db.p7s"} {
		to := filepath.Join(root, "lib", "firmware", name)
		signed := "regulatory.db-debian"
		if name != "regulatory.db" {
			signed = "regulatory.db.p7s-debian"
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(to), signed)); err != nil {
			return fmt.Errorf("wireless regulations: %w", err)
		}
		if err := os.Symlink(signed, to); err != nil {
			return err
		}
	}
	return nil
}

// makeRoot joins Debian's part and the programs, and seals them.
func (p *pc) makeRoot(ctx context.Context) error {
	base, err := p.base(ctx)
	if err != nil {
		return err
	}
	programs, err := p.programs(ctx, pcImage, p.kernel.Image())
	if err != nil {
		return err
	}
	key := cache.KeyOf("2", filepath.Base(base), filepath.Base(programs), p.Date.Unix(), p.Version)
	p.root, err = p.step("root", key, func(dir string) error { return p.assemble(ctx, base, programs, dir, string(key)) })
	if err != nil {
		return err
	}
	p.tree = filepath.Join(p.root, "tree")
	text, err := os.ReadFile(filepath.Join(p.root, rootVerity))
	if err != nil {
		return err
	}
	p.report.root(p.tree)
	return json.Unmarshal(text, &p.verity)
}

func (p *pc) assemble(ctx context.Context, base, programs, dir, salt string) error {
	tree := filepath.Join(dir, "tree")
	if err := errors.Join(join(filepath.Join(programs, "root"), tree), join(base, tree)); err != nil {
		return err
	}
	if err := errors.Join(p.own(tree), p.zones(ctx, tree), p.notices(ctx, tree)); err != nil {
		return err
	}
	return p.seal(ctx, tree, dir, sha256.Sum256([]byte("root "+salt)))
}

// own replaces what gok took from the machine that builds, and says what this is.
func (b *Builder) own(tree string) error {
	for _, name := range []string{"etc/localtime", "etc/gokrazy/sbom.json"} {
		if err := os.Remove(filepath.Join(tree, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	text := fmt.Sprintf("ID=mallette\nNAME=Mallette\nVERSION_ID=%q\nPRETTY_NAME=%q\n", b.Version, "Mallette "+b.Version)
	return write(filepath.Join(tree, "etc", "os-release"), []byte(text), 0o444)
}

// makeContainer packs kernel, initramfs and command line of the release.
func (p *pc) makeContainer(ctx context.Context) error {
	first, err := p.firstProgram(ctx)
	if err != nil {
		return err
	}
	fsck, err := p.fsck()
	if err != nil {
		return err
	}
	key := cache.KeyOf("1", filepath.Base(p.kernel.Dir), sha256.Sum256(first), sha256.Sum256(fsck), initramfs.Wanted(), p.verity, p.carried.root, p.Version)
	dir, err := p.step("container", key, func(dir string) error { return p.pack(dir, first, fsck) })
	p.container = filepath.Join(dir, "boot.iso")
	return err
}

// firstProgram compiles the program of the initramfs. The compiler keeps a cache
// of its own.
func (p *pc) firstProgram(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp("", "mallette-init-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "init")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", out, "./images/initramfs/init")
	cmd.Dir, cmd.Env = p.Repository, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=", "GOWORK=off")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compile the first program: %w\n%s", err, said)
	}
	return os.ReadFile(out)
}

func (p *pc) fsck() (program []byte, err error) {
	err = debian.Unpack(p.debs.files["e2fsck-static"], func(f debian.File, r io.Reader) (err error) {
		if filepath.Base(f.Name) == "e2fsck.static" {
			program, err = io.ReadAll(r)
		}
		return err
	})
	if err == nil && program == nil {
		err = errors.New("no e2fsck in Debian's package")
	}
	return program, err
}

func (p *pc) pack(dir string, first, fsck []byte) error {
	all, builtin, err := p.kernel.Scan()
	if err != nil {
		return err
	}
	about, err := slot.Describe(slot.Release{Name: p.Version, Kernel: p.kernel.Release, Arch: "amd64", Root: p.verity, Userland: p.carried.root})
	if err != nil {
		return err
	}
	initrd := bytes.NewBuffer(about)
	if err := initramfs.Pack(initrd, initramfs.Parts{Init: first, Fsck: fsck, Dir: p.kernel.Modules(), All: all, Builtin: builtin}); err != nil {
		return err
	}
	image, err := os.ReadFile(p.kernel.Image())
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "boot.iso"))
	if err != nil {
		return err
	}
	_, err = slot.WriteContainer(f, []slot.Content{
		content(slot.ContainerKernel, image), content(slot.ContainerInitrd, initrd.Bytes()),
		content(slot.ContainerCommand, slot.Command(slot.KernelArguments)),
	})
	return errors.Join(err, f.Close())
}

func content(name string, b []byte) slot.Content {
	return slot.Content{Name: name, Size: int64(len(b)), Data: bytes.NewReader(b)}
}

// parts takes the loader's files out of their packages.
func (p *pc) parts() (loader.Parts, error) {
	var parts loader.Parts
	for _, name := range loader.Packages() {
		err := debian.Unpack(p.debs.files[name], func(f debian.File, r io.Reader) error { return parts.Take(f.Name, r) })
		if err != nil {
			return parts, err
		}
	}
	return parts, nil
}
