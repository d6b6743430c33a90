package flash

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// diskSequence is BLKGETDISKSEQ of linux/fs.h, which x/sys does not name.
const diskSequence = 0x80081280

// Device is a disk that nobody else can use until it is closed.
type Device struct {
	file *os.File
	size int64
	fast bool // zeros are written by the medium itself
}

var _ Target = (*Device)(nil)

// Open takes the disk for this program alone: the kernel refuses while
// anything uses it or a part of it, in whatever namespace. It fails when
// another medium has the name than the one that d describes.
func (h Host) Open(d Disk) (*Device, error) {
	now, err := h.Disk(d.Name)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(d.same(now), now.Refusal(0)); err != nil {
		return nil, err
	}
	f, err := openExclusive(d.Path)
	if err != nil {
		return nil, opening(err)
	}
	v := &Device{file: f, size: d.Size, fast: number(h.classOf(d.Name)+"/queue", "write_zeroes_max_bytes") > 0}
	if err := v.confirm(d); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return v, nil
}

// openExclusive asks for transfers without the kernel's memory in between, so
// that errors come at once and reading back reads the medium.
func openExclusive(path string) (*os.File, error) {
	const flags = os.O_RDWR | unix.O_EXCL | unix.O_CLOEXEC | unix.O_NOFOLLOW
	f, err := os.OpenFile(path, flags|unix.O_DIRECT, 0)
	if errors.Is(err, unix.EINVAL) {
		return os.OpenFile(path, flags, 0)
	}
	return f, err
}

func opening(err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		return fail(KindInUse, err)
	case errors.Is(err, unix.EROFS):
		return fail(KindReadOnly, err)
	case errors.Is(err, fs.ErrPermission):
		return fail(KindRights, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENOMEDIUM):
		return fail(KindMissing, err)
	}
	return fail(KindFailed, err)
}

// confirm asks the open device itself: between looking and opening, one stick
// can be pulled and another one plugged in.
func (v *Device) confirm(d Disk) error {
	var sequence uint64
	if d.Sequence != 0 && v.ask(diskSequence, unsafe.Pointer(&sequence)) == nil && sequence != d.Sequence {
		return fail(KindSwapped, nil)
	}
	var size uint64
	if err := v.ask(unix.BLKGETSIZE64, unsafe.Pointer(&size)); err != nil {
		return fail(KindFailed, fmt.Errorf("ask size: %w", err))
	}
	if int64(size) != d.Size {
		return fail(KindSwapped, nil)
	}
	return nil
}

func (v *Device) ask(request uintptr, answer unsafe.Pointer) error {
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, v.file.Fd(), request, uintptr(answer)); e != 0 {
		return e
	}
	return nil
}

// ReadAt implements [Target]. Where the kernel keeps a copy, it is dropped
// first.
func (v *Device) ReadAt(p []byte, off int64) (int, error) {
	_ = unix.Fadvise(int(v.file.Fd()), off, int64(len(p)), unix.FADV_DONTNEED) // a hint
	return v.file.ReadAt(p, off)
}

// WriteAt implements [Target].
func (v *Device) WriteAt(p []byte, off int64) (int, error) { return v.file.WriteAt(p, off) }

// Size implements [Target].
func (v *Device) Size() int64 { return v.size }

// Sync implements [Target].
func (v *Device) Sync() error { return v.file.Sync() }

// Zero implements [Target] with the medium's own command, where it has one.
func (v *Device) Zero(off, n int64) (bool, error) {
	if !v.fast {
		return false, nil
	}
	span := [2]uint64{uint64(off), uint64(n)}
	err := v.ask(unix.BLKZEROOUT, unsafe.Pointer(&span))
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
		v.fast = false
		return false, nil
	}
	return err == nil, err
}

// Gone implements [Target]: a medium that went has no size any more.
func (v *Device) Gone() bool {
	var size uint64
	err := v.ask(unix.BLKGETSIZE64, unsafe.Pointer(&size))
	return err != nil || size == 0
}

// Reread makes the kernel look at the partition table again. It may refuse.
func (v *Device) Reread() error { return v.ask(unix.BLKRRPART, nil) }

// Close gives the disk back.
func (v *Device) Close() error { return v.file.Close() }
