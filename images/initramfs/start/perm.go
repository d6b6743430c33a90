package start

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Limits of looking after perm.
const (
	checkTime = 10 * time.Minute // a whole check of a large, slow, damaged disk
	leastFree = 16 << 20         // below this perm counts as full
)

// Checker is e2fsck on one partition.
type Checker struct {
	Program string
	Config  string // a file that the checker writes for e2fsck
}

// ErrBroken says that e2fsck could not repair a file system.
var ErrBroken = errors.New("the file system cannot be repaired")

// Bits of e2fsck's exit code that still mean a sound file system.
const corrected = 1 | 2

// Check replays the journal and repairs what needs no thought, as after a power
// cut; when that is not enough it repairs everything, and repaired is true.
func (c Checker) Check(ctx context.Context, node string) (repaired bool, err error) {
	// Many stations have no clock: a file system from the future is no error.
	if err := os.WriteFile(c.Config, []byte("[options]\nbroken_system_clock = true\n"), 0o600); err != nil {
		return false, fmt.Errorf("check file system: %w", err)
	}
	if err := c.run(ctx, "-p", node); err == nil {
		return false, nil
	}
	return true, c.run(ctx, "-y", node)
}

func (c Checker) run(ctx context.Context, how, node string) error {
	cmd := exec.CommandContext(ctx, c.Program, how, node)
	cmd.Env = []string{"E2FSCK_CONFIG=" + c.Config}
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if code := exit.ExitCode(); code >= 0 && code&^corrected == 0 {
			return nil
		}
		return fmt.Errorf("e2fsck %s: exit %d: %w", how, exit.ExitCode(), ErrBroken)
	}
	return err
}

// perm checks, grows and mounts the partition once, for what has to be written
// before the programs run; gokrazy's init mounts it again. A perm that cannot be
// used is left as it is for a technician: what can be read of it is shown at
// /perm/aside, and the station works from memory.
func (s *Start) perm(context.Context) error {
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	node := slot.PartitionNode(s.disk.Node, slot.PartitionPerm)
	var repaired bool
	broken := s.dog.During(func() (err error) {
		repaired, err = Checker{Program: Fsck, Config: "/e2fsck.conf"}.Check(ctx, node)
		return err
	})
	if broken == nil && repaired {
		s.note(slot.ProblemPermRepaired, nil)
	}
	if broken == nil {
		broken = unix.Mount(node, permDir, "ext4", unix.MS_NOATIME|unix.MS_NOSUID|unix.MS_NODEV, "")
	}
	if broken != nil {
		return s.aside(node, broken)
	}
	s.boot.Live = s.boot.Removable && !exists(filepath.Join(permDir, "kit", slot.KitInstalled))
	return s.settle(node)
}

// settle is what is done on a perm that works.
func (s *Start) settle(node string) error {
	if err := grow(node, permDir); err != nil {
		s.note(slot.ProblemTable, err)
	}
	if free, err := freeBytes(permDir); err == nil && free < leastFree {
		s.note(slot.ProblemPermFull, nil)
	}
	if err := s.join(filepath.Join(permDir, "kit")); err != nil {
		s.note(slot.ProblemJoin, err)
	}
	if err := unix.Unmount(permDir, 0); err != nil {
		return fail(slot.ProblemRoot, fmt.Errorf("unmount perm: %w", err))
	}
	return nil
}

// aside puts a memory in the place of perm. The old one stays mounted below it
// read-only, which also keeps gokrazy's init from mounting it.
func (s *Start) aside(node string, cause error) error {
	s.boot.Live = s.boot.Removable
	why := slot.ProblemPermAside
	if !writable(node) {
		why = slot.ProblemPermReadOnly
	}
	s.note(why, cause)
	s.note(slot.ProblemPermMemory, nil)
	perm := filepath.Join(rootDir, "perm")
	if err := unix.Mount("tmpfs", perm, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=25%,mode=0755"); err != nil {
		return fail(slot.ProblemRoot, fmt.Errorf("perm in memory: %w", err))
	}
	old, userland := filepath.Join(perm, "aside"), filepath.Join(perm, "kit", "userland")
	for _, dir := range []string{old, userland} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fail(slot.ProblemRoot, err)
		}
	}
	if err := unix.Mount(node, old, "ext4", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "noload"); err != nil {
		s.log.Warn("perm not readable", "err", err)
		return nil
	}
	// The browser lives there, and is verified when it is mounted.
	if err := unix.Mount(filepath.Join(old, "kit", "userland"), userland, "", unix.MS_BIND, ""); err != nil {
		s.log.Warn("userland not readable", "err", err)
	}
	return nil
}

// writable asks the kernel: a card with its lock pushed opens for writing all
// the same.
func writable(node string) bool {
	f, err := os.Open(node)
	if err != nil {
		return false
	}
	defer f.Close()
	locked, err := unix.IoctlGetInt(int(f.Fd()), unix.BLKROGET)
	return err == nil && locked == 0
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func freeBytes(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}

// resize is EXT4_IOC_RESIZE_FS.
const resize = 0x40086610

// grow lets the mounted file system fill its partition.
func grow(node, dir string) error {
	f, err := os.Open(node)
	if err != nil {
		return fmt.Errorf("grow perm: %w", err)
	}
	defer f.Close()
	size, err := f.Seek(0, 2)
	if err != nil {
		return fmt.Errorf("grow perm: %w", err)
	}
	has, block, err := Blocks(f)
	want := uint64(size) / max(block, 1)
	if err != nil || want <= has {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("grow perm: %w", err)
	}
	defer d.Close()
	return growTo(d, want)
}

// Blocks reads the superblock of an ext4: how many blocks it has, of how many
// bytes.
func Blocks(partition interface {
	ReadAt(p []byte, off int64) (int, error)
}) (count, size uint64, err error) {
	b := make([]byte, 1024)
	if _, err := partition.ReadAt(b, 1024); err != nil {
		return 0, 0, fmt.Errorf("read superblock: %w", err)
	}
	le := binary.LittleEndian
	shift := le.Uint32(b[0x18:])
	if le.Uint16(b[0x38:]) != 0xef53 || shift > 6 {
		return 0, 0, ErrBroken
	}
	count = uint64(le.Uint32(b[4:]))
	if le.Uint32(b[0x60:])&0x80 != 0 { // more than 32 bits
		count |= uint64(le.Uint32(b[0x150:])) << 32
	}
	return count, 1024 << shift, nil
}

func growTo(dir *os.File, blocks uint64) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, dir.Fd(), resize, uintptr(unsafe.Pointer(&blocks))); errno != 0 {
		return fmt.Errorf("grow perm: %w", errno)
	}
	return nil
}
