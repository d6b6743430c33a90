package userland

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

const mapperControl = "/dev/mapper/control"

// The device mapper's requests, from linux/dm-ioctl.h: _IOWR(0xfd, n, 312).
const (
	mapperCreate = 0xc138fd03
	mapperRemove = 0xc138fd04
	mapperResume = 0xc138fd06
	mapperLoad   = 0xc138fd09
)

const (
	headerSize   = 312
	targetSize   = 40
	readOnlyFlag = 1 << 0
	deferredFlag = 1 << 17 // remove when the last user is gone
	sectorSize   = 512
)

// header is struct dm_ioctl without its tail.
type header struct {
	Version         [3]uint32
	Size, Start     uint32
	Targets         uint32
	Open            int32
	Flags, Event, _ uint32
	Device          uint64
	Name            [128]byte
	UUID            [129]byte
	_               [7]byte
}

// target is struct dm_target_spec.
type target struct {
	Start, Length uint64
	Status        int32
	Next          uint32
	Type          [16]byte
}

// mapped is a verified view of a device.
type mapped struct{ name, device string }

// openVerity has the kernel verify every block of the loop device that is
// read. What is not as it was built is an I/O error for whoever reads it.
func openVerity(control *os.File, name, loop string, d Description) (*mapped, error) {
	blocks := d.Data / Block
	salt := d.Salt
	if salt == "" {
		salt = "-"
	}
	table := fmt.Sprintf("1 %s %s %d %d %d %d sha256 %s %s", loop, loop, Block, Block, blocks, blocks+1, d.Root, salt)
	made, err := ask(control, mapperCreate, name, 0, nil)
	if err != nil {
		return nil, fmt.Errorf("create verity device: %w", err)
	}
	m := &mapped{name, fmt.Sprintf("/dev/dm-%d", unix.Minor(made.Device))}
	if _, err := ask(control, mapperLoad, name, readOnlyFlag, verityTarget(uint64(d.Data)/sectorSize, table)); err != nil {
		return nil, errors.Join(fmt.Errorf("load verity table: %w", err), m.remove())
	}
	if _, err := ask(control, mapperResume, name, 0, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("start verity device: %w", err), m.remove())
	}
	return m, nil
}

func verityTarget(sectors uint64, table string) []byte {
	t := target{Length: sectors, Next: uint32(targetSize + (len(table)/8+1)*8)}
	copy(t.Type[:], "verity")
	var b bytes.Buffer
	_ = binary.Write(&b, binary.NativeEndian, t) // of fixed size: never fails
	b.WriteString(table)
	b.Write(make([]byte, int(t.Next)-b.Len()))
	return b.Bytes()
}

// ask sends a request and returns the kernel's answer.
func ask(control *os.File, request uintptr, name string, flags uint32, load []byte) (header, error) {
	h := header{Version: [3]uint32{4, 0, 0}, Size: uint32(headerSize + len(load)), Start: headerSize, Flags: flags}
	if load != nil {
		h.Targets = 1
	}
	copy(h.Name[:], name)
	var b bytes.Buffer
	_ = binary.Write(&b, binary.NativeEndian, h) // of fixed size: never fails
	b.Write(load)
	text := b.Bytes()
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, control.Fd(), request, uintptr(unsafe.Pointer(&text[0]))); errno != 0 {
		return h, errno
	}
	err := binary.Read(bytes.NewReader(text), binary.NativeEndian, &h)
	return h, err
}

func (m *mapped) remove() error {
	control, err := os.OpenFile(mapperControl, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer control.Close()
	if _, err := ask(control, mapperRemove, m.name, deferredFlag, nil); err != nil {
		return fmt.Errorf("remove verity device: %w", err)
	}
	return nil
}
