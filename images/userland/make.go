package userland

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	station "github.com/mallette-kit/mallette/device/sandbox/userland"
	"github.com/mallette-kit/mallette/images/build/cache"
	"github.com/mallette-kit/mallette/images/build/debian"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// make builds the image into the cache and notes under which key.
func (u Userland) make(ctx context.Context, at Place, known string) (station.Description, error) {
	if err := os.MkdirAll(filepath.Dir(known), 0o755); err != nil {
		return station.Description{}, err
	}
	work, err := os.MkdirTemp(filepath.Dir(known), ".making-")
	if err != nil {
		return station.Description{}, err
	}
	defer os.RemoveAll(work)
	files, err := debian.Mirror{Dir: filepath.Join(at.Cache, "debian")}.Fetch(ctx, u.Lock)
	if err != nil {
		return station.Description{}, err
	}
	m := making{u, work}
	for _, step := range []func(context.Context, debian.Files) error{m.index, m.install, m.pack} {
		if err := step(ctx, files); err != nil {
			return station.Description{}, err
		}
	}
	return m.finish(known)
}

// making is one build in its own folder.
type making struct {
	Userland
	work string
}

func (m making) path(name string) string { return filepath.Join(m.work, name) }

// index makes a package source of exactly the locked packages.
func (m making) index(ctx context.Context, files debian.Files) error {
	if err := os.Mkdir(m.path("packages"), 0o755); err != nil {
		return err
	}
	var index bytes.Buffer
	for _, p := range m.Lock {
		control, err := exec.CommandContext(ctx, "dpkg-deb", "--field", files[p.Name]).Output()
		if err != nil {
			return fmt.Errorf("read %s: %w", p.Name, err)
		}
		name := p.Name + ".deb"
		if err := copyFile(files[p.Name], filepath.Join(m.path("packages"), name)); err != nil {
			return err
		}
		fmt.Fprintf(&index, "%s\nFilename: ./%s\nSize: %d\nSHA256: %s\n\n", bytes.TrimSpace(control), name, p.Size, p.SHA256)
	}
	return os.WriteFile(filepath.Join(m.path("packages"), "Packages"), index.Bytes(), 0o644)
}

// copyFile gives a second name where it can.
func copyFile(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

// install puts the packages into an empty folder and sets it up.
func (m making) install(ctx context.Context, _ debian.Files) error {
	setup := m.path("setup.sh")
	if err := os.WriteFile(setup, m.setup, 0o755); err != nil {
		return err
	}
	var names []string
	for _, p := range m.Lock {
		names = append(names, p.Name)
	}
	return m.run(ctx, "mmdebstrap", "--variant=custom", "--mode="+mode(), "--format=directory", "--architectures="+m.Recipe.Arch,
		"--include="+strings.Join(names, ","), "--aptopt=APT::Install-Recommends \"false\"",
		"--customize-hook="+setup+" \"$1\"", "", m.path("root"), "deb [trusted=yes] copy://"+m.path("packages")+" ./")
}

// mode is how mmdebstrap becomes root.
func mode() string {
	if os.Getuid() == 0 {
		return "root"
	}
	return "unshare"
}

// pack makes the image. Names, order, times and padding are fixed.
func (m making) pack(ctx context.Context, _ debian.Files) error {
	return m.run(ctx, "mksquashfs", m.path("root"), m.path("image"), "-comp", "zstd", "-Xcompression-level", "15",
		"-no-xattrs", "-noappend", "-no-progress", "-quiet", "-reproducible")
}

func (m making) run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "SOURCE_DATE_EPOCH="+strconv.Itoa(Epoch))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, tail(out))
	}
	return nil
}

// tail is the end of what a program said, where the reason is.
func tail(out []byte) []byte {
	return out[max(0, len(out)-2000):]
}

// finish appends the verity tree, names the image by its contents, and writes
// the description last.
func (m making) finish(known string) (station.Description, error) {
	key, err := m.key()
	if err != nil {
		return station.Description{}, err
	}
	salt := sha256.Sum256([]byte(key))
	sealed, err := seal(m.path("image"), salt)
	if err != nil {
		return station.Description{}, err
	}
	sum, err := cache.Sum(m.path("image"))
	if err != nil {
		return station.Description{}, err
	}
	d := station.Description{
		Name: m.Name, Release: m.release(), Arch: m.Recipe.Arch, SHA256: sum, Size: sealed.Size(), Data: int64(sealed.Blocks) * slot.BlockSize,
		Root: sealed.Hash, Salt: sealed.Salt,
	}
	return d, m.keep(d, known)
}

// seal appends the verity tree; its identifier comes from the salt.
func seal(image string, salt [sha256.Size]byte) (slot.Verity, error) {
	f, err := os.OpenFile(image, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return slot.Verity{}, err
	}
	defer f.Close()
	v, tree, err := slot.Seal(f, salt[:], slot.GUID(salt[:16]))
	if err != nil {
		return v, err
	}
	if _, err := f.Write(tree); err != nil {
		return v, err
	}
	return v, f.Close()
}

func (m making) keep(d station.Description, known string) error {
	if err := os.Rename(m.path("image"), filepath.Join(filepath.Dir(known), d.File())); err != nil {
		return err
	}
	text, err := d.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(known, text, 0o644)
}
