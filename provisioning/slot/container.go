package slot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
)

// Files of a container, as GRUB names them inside "loopback".
const (
	ContainerKernel  = "linux"    // signed, byte for byte
	ContainerInitrd  = "initrd"   // [Describe]'s archive, then the initramfs
	ContainerCommand = "boot.cfg" // sourced by grub.cfg: sets mallette_arguments
)

// CommandVariable is what ContainerCommand sets: the release's own words of the
// kernel's command line, before the loader's.
const CommandVariable = "mallette_arguments"

// Command returns the content of ContainerCommand.
func Command(arguments string) []byte {
	return []byte(CommandVariable + "='" + strings.ReplaceAll(arguments, "'", "") + "'\n")
}

// ErrContainer says that bytes are no container.
var ErrContainer = errors.New("not a kernel container")

// Shape of an ISO 9660 image with nothing but files in its root.
const (
	isoSector = 2048
	isoFirst  = 16 // the volume descriptor
	isoRoot   = isoFirst + 4
	isoData   = isoRoot + 1
	isoDirent = 33
	isoPath   = 10
)

// Content is a file to put into a container.
type Content struct {
	Name string
	Size int64
	Data io.Reader
}

// WriteContainer writes the files as a small ISO 9660 image and returns its
// length. Names are lower case, at most eight letters and an extension of
// three. Equal content makes equal bytes; more than [SizeContainer] is
// [ErrTooLong].
func WriteContainer(w io.Writer, files []Content) (int64, error) {
	files = append([]Content(nil), files...)
	sort.Slice(files, func(i, j int) bool { return isoName(files[i].Name) < isoName(files[j].Name) })
	at, root := int64(isoData), isoFolder(isoRoot)
	for _, f := range files {
		root = append(root, isoEntry(isoName(f.Name), at, f.Size, false)...)
		at += sectorsOf(f.Size)
	}
	if at*isoSector > SizeContainer || len(root) > isoSector {
		return 0, fmt.Errorf("write container: %w", ErrTooLong)
	}
	head := make([]byte, isoData*isoSector)
	copy(head[isoFirst*isoSector:], isoVolume(at))
	copy(head[(isoFirst+1)*isoSector:], "\xffCD001\x01")
	copy(head[(isoFirst+2)*isoSector:], isoPathTable(binary.LittleEndian))
	copy(head[(isoFirst+3)*isoSector:], isoPathTable(binary.BigEndian))
	copy(head[isoRoot*isoSector:], root)
	if _, err := w.Write(head); err != nil {
		return 0, fmt.Errorf("write container: %w", err)
	}
	return at * isoSector, writeContents(w, files)
}

func writeContents(w io.Writer, files []Content) error {
	for _, f := range files {
		n, err := io.Copy(w, io.LimitReader(f.Data, f.Size))
		if err == nil && n < f.Size {
			err = io.ErrUnexpectedEOF
		}
		if err == nil {
			_, err = w.Write(make([]byte, sectorsOf(n)*isoSector-n))
		}
		if err != nil {
			return fmt.Errorf("write %s into container: %w", f.Name, err)
		}
	}
	return nil
}

func sectorsOf(size int64) int64 { return (size + isoSector - 1) / isoSector }

func isoName(name string) string {
	name = strings.ToUpper(name)
	if !strings.Contains(name, ".") {
		name += "."
	}
	return name + ";1"
}

// both writes a number in both byte orders, as ISO 9660 wants it.
func both(b []byte, n uint32) {
	binary.LittleEndian.PutUint32(b, n)
	binary.BigEndian.PutUint32(b[4:], n)
}

// both16 writes a short number in both byte orders.
func both16(b []byte, n uint16) {
	binary.LittleEndian.PutUint16(b, n)
	binary.BigEndian.PutUint16(b[2:], n)
}

func isoEntry(name string, at, size int64, folder bool) []byte {
	b := make([]byte, (isoDirent+len(name)+1)&^1)
	b[0] = byte(len(b))
	both(b[2:], uint32(at))
	both(b[10:], uint32(size))
	copy(b[18:], []byte{80, 1, 1}) // the first day of 1980: no time is recorded
	if folder {
		b[25] = 2
	}
	both16(b[28:], 1)
	b[32] = byte(len(name))
	copy(b[33:], name)
	return b
}

// isoFolder starts a directory: itself and its parent.
func isoFolder(at int64) []byte {
	return append(isoEntry("\x00", at, isoSector, true), isoEntry("\x01", at, isoSector, true)...)
}

func isoPathTable(order binary.ByteOrder) []byte {
	b := make([]byte, isoPath)
	b[0] = 1
	order.PutUint32(b[2:], isoRoot)
	order.PutUint16(b[6:], 1)
	return b
}

func isoVolume(sectors int64) []byte {
	b := make([]byte, isoSector)
	copy(b, "\x01CD001\x01")
	copy(b[8:], strings.Repeat(" ", 64))
	copy(b[40:], "MALLETTE")
	both(b[80:], uint32(sectors))
	both16(b[120:], 1)
	both16(b[124:], 1)
	both16(b[128:], isoSector)
	both(b[132:], isoPath)
	binary.LittleEndian.PutUint32(b[140:], isoFirst+2)
	binary.BigEndian.PutUint32(b[148:], isoFirst+3)
	copy(b[156:], isoEntry("\x00", isoRoot, isoSector, true))
	copy(b[190:], strings.Repeat(" ", 813-190))
	for _, at := range []int{813, 830, 847, 864} {
		copy(b[at:], strings.Repeat("0", 16))
	}
	b[881] = 1
	return b
}

// Container reads the files of a container.
type Container struct {
	r     io.ReaderAt
	files map[string]run
}

// OpenContainer reads the list of files.
func OpenContainer(r io.ReaderAt) (*Container, error) {
	head := make([]byte, isoData*isoSector)
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return nil, fmt.Errorf("open container: %w", errors.Join(ErrContainer, err))
	}
	if string(head[isoFirst*isoSector:][:7]) != "\x01CD001\x01" {
		return nil, ErrContainer
	}
	c := &Container{r: r, files: map[string]run{}}
	for dir := head[isoRoot*isoSector:]; dir[0] != 0; {
		n := int(dir[0])
		if n < isoDirent+1 || n >= len(dir) || isoDirent+int(dir[32]) > n {
			return nil, ErrContainer
		}
		c.add(dir[:n])
		dir = dir[n:]
	}
	return c, nil
}

func (c *Container) add(e []byte) {
	name, _, _ := strings.Cut(string(e[isoDirent:][:e[32]]), ";")
	at, size := int64(binary.LittleEndian.Uint32(e[2:])), int64(binary.LittleEndian.Uint32(e[10:]))
	if e[25]&2 == 0 && at >= isoData && at*isoSector+size <= SizeContainer {
		c.files[strings.ToLower(strings.TrimSuffix(name, "."))] = run{at * isoSector, size}
	}
}

// Open returns a file with its exact length; a missing one is [ErrNoFile].
func (c *Container) Open(name string) (*io.SectionReader, error) {
	f, ok := c.files[name]
	if !ok {
		return nil, fmt.Errorf("open %s in container: %w", name, ErrNoFile)
	}
	return io.NewSectionReader(c.r, f.at, f.n), nil
}
