package slot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Errors of the boot partition.
var (
	ErrNotFAT  = errors.New("not a FAT32 file system that can be read")
	ErrNoFile  = errors.New("no such file on the boot partition")
	ErrTooLong = errors.New("longer than the preallocated file")
)

// ESP reads the FAT32 of a boot partition and overwrites files in place. It
// never changes a FAT, a directory or the length of a file. Use one node of the
// kernel for all access: /dev/sda and /dev/sda1 do not see each other's caches.
type ESP struct {
	dev     Device
	cluster int64 // bytes
	fat     int64 // where the first FAT starts
	data    int64 // where cluster 2 starts
	last    uint32
	root    uint32
}

// OpenESP reads the shape of the file system on a boot partition.
func OpenESP(partition Device) (*ESP, error) {
	b := make([]byte, SectorSize)
	if _, err := partition.ReadAt(b, 0); err != nil {
		return nil, fmt.Errorf("read boot partition: %w", err)
	}
	le := binary.LittleEndian
	perCluster, reserved, fats := int64(b[13]), int64(le.Uint16(b[14:])), int64(b[16])
	fatSectors, total := int64(le.Uint32(b[36:])), int64(le.Uint32(b[32:]))
	small := le.Uint16(b[17:]) != 0 || le.Uint16(b[19:]) != 0 || le.Uint16(b[22:]) != 0 // FAT12 or FAT16
	odd := le.Uint16(b[11:]) != SectorSize || perCluster == 0 || perCluster&(perCluster-1) != 0 || fats == 0 || fats > 4
	data := reserved + fats*fatSectors
	if b[510] != 0x55 || b[511] != 0xaa || small || odd || reserved == 0 || fatSectors == 0 || data >= total {
		return nil, ErrNotFAT
	}
	clusters := min((total-data)/perCluster, fatSectors*SectorSize/4-2, 1<<28-16)
	return &ESP{dev: partition, cluster: perCluster * SectorSize, fat: reserved * SectorSize, data: data * SectorSize,
		last: uint32(clusters + 1), root: le.Uint32(b[44:])}, nil
}

// Open finds a file by its path, "/mallette/grubenv". Names are compared
// without regard to case, as FAT does. A missing one is [ErrNoFile].
func (e *ESP) Open(path string) (*File, error) {
	at := node{first: e.root, folder: true}
	for _, name := range strings.Split(strings.Trim(path, "/"), "/") {
		if !at.folder || name == "" {
			return nil, fmt.Errorf("open %s: %w", path, ErrNoFile)
		}
		var err error
		if at, err = e.find(at.first, name); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	}
	if at.folder {
		return nil, fmt.Errorf("open %s: %w", path, ErrNoFile)
	}
	runs, err := e.chain(at.first, at.size)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &File{dev: e.dev, runs: runs, size: at.size}, nil
}

// node is what a directory entry says.
type node struct {
	first  uint32
	size   int64
	folder bool
}

// maxFolder bounds what is read of one directory.
const maxFolder = 1 << 20

func (e *ESP) find(folder uint32, name string) (node, error) {
	runs, err := e.chain(folder, -1)
	if err != nil {
		return node{}, err
	}
	dir := &File{dev: e.dev, runs: runs, size: min(length(runs), maxFolder)}
	b := make([]byte, dir.size)
	if _, err := dir.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return node{}, err
	}
	n, ok := lookup(b, name)
	if !ok {
		return node{}, ErrNoFile
	}
	return n, nil
}

// chain follows a file through the FAT, up to its size, or to its end for -1.
func (e *ESP) chain(first uint32, size int64) ([]run, error) {
	var runs []run
	var got int64
	for c, n := first, uint32(0); size < 0 || got < size; n++ {
		if c < 2 || c > e.last || n > e.last {
			return nil, fmt.Errorf("broken chain: %w", ErrNotFAT)
		}
		runs = extend(runs, e.data+int64(c-2)*e.cluster, e.cluster)
		got += e.cluster
		next, err := e.next(c)
		if err != nil {
			return nil, err
		}
		if next >= 0x0ffffff8 {
			break
		}
		c = next
	}
	if got < size {
		return nil, fmt.Errorf("chain ends early: %w", ErrNotFAT)
	}
	return runs, nil
}

func (e *ESP) next(cluster uint32) (uint32, error) {
	var b [4]byte
	if _, err := e.dev.ReadAt(b[:], e.fat+4*int64(cluster)); err != nil {
		return 0, fmt.Errorf("read FAT: %w", err)
	}
	return binary.LittleEndian.Uint32(b[:]) & 0x0fffffff, nil
}
