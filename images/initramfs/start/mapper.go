package start

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// mapped is the name of the verified root among the kernel's mapped devices.
const mapped = "mallette-root"

// verified sets up dm-verity over a partition and returns the node to mount.
func verified(ctx context.Context, node string, v slot.Verity) (string, error) {
	control, err := openControl(ctx)
	if err != nil {
		return "", fmt.Errorf("verify root: %w", err)
	}
	defer control.Close()
	params, sectors := v.Table(node)
	minor := 0
	for _, call := range []struct {
		request uintptr
		flags   uint32
		targets uint32
		payload []byte
	}{
		{unix.DM_DEV_CREATE, readOnly, 0, nil},
		{unix.DM_TABLE_LOAD, readOnly, 1, target("verity", params, sectors)},
		{unix.DM_DEV_SUSPEND, 0, 0, nil}, // without its flag it resumes
	} {
		dev, err := mapperCall(control, call.request, call.flags, call.targets, call.payload)
		if err != nil {
			return "", fmt.Errorf("verify root: %w", err)
		}
		minor = int(unix.Minor(dev))
	}
	return fmt.Sprintf("/dev/dm-%d", minor), nil
}

const readOnly = 1 << 0 // DM_READONLY_FLAG

// openControl waits until the kernel shows its mapper.
func openControl(ctx context.Context) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		f, err := os.OpenFile("/dev/mapper/control", os.O_RDWR, 0)
		if err == nil || !sleep(ctx, 20*time.Millisecond) {
			return f, err
		}
	}
}

// target is a dm_target_spec and its parameters.
func target(kind, params string, sectors uint64) []byte {
	b := make([]byte, unix.SizeofDmTargetSpec, unix.SizeofDmTargetSpec+len(params)+8)
	binary.NativeEndian.PutUint64(b[8:], sectors)
	copy(b[24:], kind)
	b = append(append(b, params...), 0)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	binary.NativeEndian.PutUint32(b[20:], uint32(len(b)))
	return b
}

// mapperCall sends one request for the device and returns its number.
func mapperCall(control *os.File, request uintptr, flags, targets uint32, payload []byte) (uint64, error) {
	b := make([]byte, max(unix.SizeofDmIoctl+len(payload), 4096))
	h := (*unix.DmIoctl)(unsafe.Pointer(&b[0]))
	h.Version = [3]uint32{unix.DM_VERSION_MAJOR, 0, 0}
	h.Data_size, h.Data_start, h.Target_count, h.Flags = uint32(len(b)), unix.SizeofDmIoctl, targets, flags
	copy(h.Name[:], mapped)
	copy(b[unix.SizeofDmIoctl:], payload)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, control.Fd(), request, uintptr(unsafe.Pointer(h))); errno != 0 {
		return 0, fmt.Errorf("mapper request %#x: %w", request&0xff, errno)
	}
	return h.Dev, nil
}
