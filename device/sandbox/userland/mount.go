package userland

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

var (
	// ErrMissing says that the image is not there or not as long as it should be.
	ErrMissing = errors.New("userland image missing")
	// ErrCorrupt says that the image is not what its description says.
	ErrCorrupt = errors.New("userland image corrupt")
)

// Mounted is a userland in use. Close it when no session runs on it.
type Mounted struct {
	Description
	Path   string
	Verity bool // the kernel verifies every block; otherwise the file was hashed once
	named  bool // by its root hash: the file's own hash is only what the disk says
	mapped *mapped
	loop   *os.File
}

// Mount verifies the image that [Folder.Choose] returns and mounts it below dir,
// which it makes. An image that was named by its root hash is only ever verified
// by that.
func (f Folder) Mount(name, root, dir string) (*Mounted, error) {
	d, err := f.Choose(name, root)
	if err != nil {
		return nil, err
	}
	m := &Mounted{Description: d, Path: filepath.Join(dir, d.SHA256[:16]), named: root != ""}
	if err := m.mount(filepath.Join(string(f), d.File())); err != nil {
		return nil, errors.Join(fmt.Errorf("mount userland: %w", err), m.Close())
	}
	return m, nil
}

func (m *Mounted) mount(image string) error {
	info, err := os.Stat(image)
	if err != nil || info.Size() != m.Size {
		return ErrMissing
	}
	device, err := m.device(image)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(m.Path, 0o755); err != nil {
		return err
	}
	_ = unix.Unmount(m.Path, unix.MNT_DETACH) // of a life that was killed; usually there is none
	return unix.Mount(device, m.Path, "squashfs", unix.MS_RDONLY|unix.MS_NODEV|unix.MS_NOSUID, "")
}

// device is the block device that the kernel reads the image from. Verity
// comes first: hashing once is for machines whose kernel has no device mapper.
func (m *Mounted) device(image string) (string, error) {
	mapper, err := os.OpenFile(mapperControl, os.O_RDWR, 0)
	if !m.named && (errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENODEV)) {
		if err := m.hash(image); err != nil {
			return "", err
		}
		return m.attach(image)
	}
	if err != nil {
		return "", err
	}
	defer mapper.Close()
	loop, err := m.attach(image)
	if err != nil {
		return "", err
	}
	if m.mapped, err = openVerity(mapper, fmt.Sprintf("userland-%s-%d", m.SHA256[:16], os.Getpid()), loop, m.Description); err != nil {
		return "", err
	}
	m.Verity = true
	return m.mapped.device, nil
}

func (m *Mounted) hash(image string) error {
	f, err := os.Open(image)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != m.SHA256 {
		return ErrCorrupt
	}
	return nil
}

// attach makes a read-only loop device of the image. The kernel takes it back
// when the last user is gone.
func (m *Mounted) attach(image string) (string, error) {
	f, err := os.Open(image)
	if err != nil {
		return "", err
	}
	defer f.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer control.Close()
	for range 16 {
		loop, err := configured(control, f)
		if errors.Is(err, unix.EBUSY) {
			continue // somebody else was faster
		}
		if err != nil {
			return "", fmt.Errorf("attach loop device: %w", err)
		}
		m.loop = loop
		return loop.Name(), nil
	}
	return "", errors.New("attach loop device: always busy")
}

func configured(control, image *os.File) (*os.File, error) {
	n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
	if err != nil {
		return nil, err
	}
	loop, err := os.OpenFile(fmt.Sprintf("/dev/loop%d", n), os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	setting := unix.LoopConfig{Fd: uint32(image.Fd())}
	setting.Info.Flags = unix.LO_FLAGS_READ_ONLY | unix.LO_FLAGS_AUTOCLEAR
	if err := unix.IoctlLoopConfigure(int(loop.Fd()), &setting); err != nil {
		return nil, errors.Join(err, loop.Close())
	}
	return loop, nil
}

// Close unmounts it. A session that still runs on it keeps it until it ends.
func (m *Mounted) Close() error {
	var errs []error
	if err := unix.Unmount(m.Path, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
		errs = append(errs, fmt.Errorf("unmount userland: %w", err))
	}
	if err := os.Remove(m.Path); err != nil && !errors.Is(err, os.ErrNotExist) {
		errs = append(errs, err)
	}
	if m.mapped != nil {
		errs = append(errs, m.mapped.remove())
	}
	if m.loop != nil {
		errs = append(errs, m.loop.Close())
	}
	return errors.Join(errs...)
}
