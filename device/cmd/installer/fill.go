package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/install"
)

// makeTime bounds making a file system.
const makeTime = 5 * time.Minute

// fill makes the data partition in the range of the disk where it will be, and
// copies what a station needs: its userland, lessons and books. What belongs to
// this stick alone is left: identity, trust, records, days and PINs.
func (c *copier) fill(ctx context.Context, disk string, off, size int64) (err error) {
	loop, err := attach(disk, off, size)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, loop.Close()) }()
	if err := c.format(ctx, loop.Name()); err != nil {
		return err
	}
	at, err := os.MkdirTemp(c.Run, "install-")
	if err != nil {
		return fmt.Errorf("make mount point: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(at)) }()
	if err := unix.Mount(loop.Name(), at, "ext4", unix.MS_NODEV|unix.MS_NOSUID|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount data: %w", err)
	}
	defer func() { err = errors.Join(err, unix.Unmount(at, 0)) }()
	return c.copy(ctx, at)
}

// attach makes a block device of a range of the disk. The kernel takes it back
// when its last user is gone.
func attach(disk string, off, size int64) (*os.File, error) {
	f, err := os.OpenFile(disk, os.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open disk: %w", err)
	}
	defer f.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("open loop control: %w", err)
	}
	defer control.Close()
	for range 16 {
		loop, err := configure(control, f, off, size)
		if errors.Is(err, unix.EBUSY) {
			continue // somebody else was faster
		}
		if err != nil {
			return nil, fmt.Errorf("attach data: %w", err)
		}
		return loop, nil
	}
	return nil, errors.New("attach data: always busy")
}

func configure(control, disk *os.File, off, size int64) (*os.File, error) {
	n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
	if err != nil {
		return nil, err
	}
	loop, err := os.OpenFile(fmt.Sprintf("/dev/loop%d", n), os.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	setting := unix.LoopConfig{Fd: uint32(disk.Fd())}
	setting.Info.Offset, setting.Info.Sizelimit, setting.Info.Flags = uint64(off), uint64(size), unix.LO_FLAGS_AUTOCLEAR
	if err := unix.IoctlLoopConfigure(int(loop.Fd()), &setting); err != nil {
		return nil, errors.Join(err, loop.Close())
	}
	return loop, nil
}

// features make an ext4 of the format's many. They are all named, because no
// configuration of the program is there to name them.
const features = "has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum"

// format makes an ext4 with the program of the userland, which its own loader
// starts with its own libraries.
func (c *copier) format(ctx context.Context, device string) error {
	argv := c.program()
	if argv == nil {
		return &install.Error{Problem: install.NoProgram}
	}
	ctx, cancel := context.WithTimeout(ctx, makeTime)
	defer cancel()
	argv = append(argv, "-q", "-F", "-b", "4096", "-I", "256", "-i", "16384", "-J", "size=64", "-m", "1", "-L", "mallette-perm", "-O", features, device)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = []string{"MKE2FS_CONFIG=/dev/null", "PATH=/nowhere"}
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("make file system: %w", err)
	}
	return nil
}

// program finds mke2fs in the system that is mounted, or in one folder below.
func (c *copier) program() []string {
	for _, root := range []string{c.System, filepath.Join(c.System, "*")} {
		program := first(root, "usr/sbin/mke2fs", "sbin/mke2fs")
		loader := first(root, "usr/lib/*-linux-gnu*/ld-linux-*.so.*", "lib/*-linux-gnu*/ld-linux-*.so.*")
		if program != "" && loader != "" {
			return []string{loader, "--library-path", filepath.Dir(loader), program}
		}
	}
	return nil
}

func first(root string, patterns ...string) string {
	for _, p := range patterns {
		if found, _ := filepath.Glob(filepath.Join(root, p)); len(found) > 0 {
			return found[0]
		}
	}
	return ""
}
