package slot

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Device is a disk, a partition or an image of one; *os.File is one.
type Device interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
}

// NewTable lays out a disk of that many sectors with the image's identifiers;
// [Table.Renew] gives it its own.
func NewTable(sectors uint64) (Table, error) {
	if sectors < permStart()+alignment+tableSectors {
		return Table{}, ErrTooSmall
	}
	t := Table{Disk: ImageGUID(0), Sectors: sectors, Partitions: make([]Partition, PartitionBIOS)}
	at := uint64(alignment)
	for _, p := range layout() {
		last := at + p.bytes/SectorSize - 1
		if p.bytes == 0 {
			last = permEnd(sectors)
		}
		t.Partitions[p.number-1] = Partition{Number: p.number, Type: mustGUID(p.kind), GUID: ImageGUID(p.number),
			First: at, Last: last, Attributes: p.attributes, Name: p.name}
		at = last + 1
	}
	return t, nil
}

// Partition returns an entry by its number.
func (t Table) Partition(number int) (Partition, bool) {
	for _, p := range t.Partitions {
		if p.Number == number {
			return p, true
		}
	}
	return Partition{}, false
}

// Ours reports whether the table is laid out as this package does it, whatever
// its identifiers and the size of perm.
func (t Table) Ours() bool {
	want, err := NewTable(max(t.Sectors, permStart()+2*alignment))
	if err != nil || len(t.Partitions) != len(want.Partitions) {
		return false
	}
	for i, p := range t.Partitions {
		w := want.Partitions[i]
		if p.Number != w.Number || p.Type != w.Type || p.First != w.First || (p.Last != w.Last && p.Number != PartitionPerm) {
			return false
		}
	}
	return true
}

// FromImage reports whether any identifier is still the image's.
func (t Table) FromImage() bool {
	if t.Disk == ImageGUID(0) {
		return true
	}
	for _, p := range t.Partitions {
		if p.GUID == ImageGUID(p.Number) {
			return true
		}
	}
	return false
}

// Renew returns the table with random identifiers.
func (t Table) Renew() Table {
	t.Disk = NewGUID()
	t.Partitions = append([]Partition(nil), t.Partitions...)
	for i := range t.Partitions {
		t.Partitions[i].GUID = NewGUID()
	}
	return t
}

// WithESP returns the table with another identifier for the boot partition.
func (t Table) WithESP(id GUID) Table {
	t.Partitions = append([]Partition(nil), t.Partitions...)
	for i, p := range t.Partitions {
		if p.Number == PartitionESP {
			t.Partitions[i].GUID = id
		}
	}
	return t
}

// Grow returns the table for a disk of that many sectors, with a perm that
// reaches to its end. It never shrinks perm.
func (t Table) Grow(sectors uint64) Table {
	if sectors <= t.Sectors {
		return t
	}
	t.Sectors = sectors
	t.Partitions = append([]Partition(nil), t.Partitions...)
	for i, p := range t.Partitions {
		if p.Number == PartitionPerm {
			t.Partitions[i].Last = max(p.Last, permEnd(sectors))
		}
	}
	return t
}

// Condition is how the two copies of a table were found.
type Condition struct {
	Primary bool // the first copy is whole
	Backup  bool // the second copy is whole, says the same and lies at the disk's end
}

// Whole reports whether nothing needs mending: writing the table again does it.
func (c Condition) Whole() bool { return c.Primary && c.Backup }

// ReadTable reads the table of a disk of that many sectors, from the first copy
// that is whole. Errors are [ErrNoTable], [ErrForeign] or the disk's.
func ReadTable(disk io.ReaderAt, sectors uint64) (Table, Condition, error) {
	if sectors < 2*tableSectors+2 {
		return Table{}, Condition{}, ErrNoTable
	}
	first, alternate, err := readCopy(disk, 1, sectors)
	second, _, err2 := readCopy(disk, sectors-1, sectors)
	if err != nil {
		second.Sectors = sectors
		return second, Condition{Backup: err2 == nil}, firstOf(err2, err)
	}
	first.Sectors = alternate + 1
	same := err2 == nil && alternate == sectors-1 && string(encodeEntries(first.Partitions)) == string(encodeEntries(second.Partitions)) && first.Disk == second.Disk
	return first, Condition{Primary: true, Backup: same}, nil
}

// firstOf returns nil when the second copy saved the day, else what was wrong
// with the first.
func firstOf(second, first error) error {
	if second == nil {
		return nil
	}
	return first
}

func readCopy(disk io.ReaderAt, at, sectors uint64) (Table, uint64, error) {
	b := make([]byte, SectorSize)
	if _, err := disk.ReadAt(b, int64(at)*SectorSize); err != nil {
		return Table{}, 0, fmt.Errorf("read partition table: %w", err)
	}
	h, err := parseHeader(b, at)
	if err != nil {
		return Table{}, 0, err
	}
	if h.entries < 2 || h.entries > sectors-entrySectors || h.alternate >= sectors || h.last >= sectors {
		return Table{}, 0, fmt.Errorf("table lies outside the disk: %w", ErrForeign)
	}
	list := make([]byte, entries*entrySize)
	if _, err := disk.ReadAt(list, int64(h.entries)*SectorSize); err != nil {
		return Table{}, 0, fmt.Errorf("read partition entries: %w", err)
	}
	if crc32.ChecksumIEEE(list) != h.entriesCRC {
		return Table{}, 0, fmt.Errorf("damaged entries: %w", ErrNoTable)
	}
	partitions, err := parseEntries(list, h.last)
	return Table{Disk: h.disk, Partitions: partitions}, h.alternate, err
}

// Write puts both copies of the table on the disk. At every moment one copy is
// whole: the second is written first, because firmware and kernel believe the
// first as long as it is whole; when the first is already damaged it is written
// first, because the second is then the only one.
//
// The protective MBR is not touched (it covers any size and holds GRUB's first
// stage): [ProtectiveMBR] is written when an image is made.
func (t Table) Write(disk Device) error {
	_, found, err := ReadTable(disk, t.Sectors)
	order := []func(Device) error{t.writeBackup, t.writePrimary}
	if err == nil && !found.Primary {
		order[0], order[1] = order[1], order[0]
	}
	for _, write := range order {
		if err := write(disk); err != nil {
			return fmt.Errorf("write partition table: %w", err)
		}
	}
	return nil
}

func (t Table) writePrimary(disk Device) error {
	return t.writeCopy(disk, header{self: 1, alternate: t.Sectors - 1, entries: 2})
}

func (t Table) writeBackup(disk Device) error {
	return t.writeCopy(disk, header{self: t.Sectors - 1, alternate: 1, entries: t.Sectors - tableSectors})
}

// writeCopy writes entries and header of a copy; their checksums make a half of
// one worthless, so that only the copies need an order.
func (t Table) writeCopy(disk Device, h header) error {
	list := encodeEntries(t.Partitions)
	h.disk, h.first, h.last, h.entriesCRC = t.Disk, tableSectors+1, t.Sectors-tableSectors-1, crc32.ChecksumIEEE(list)
	_, err := disk.WriteAt(list, int64(h.entries)*SectorSize)
	if err == nil {
		_, err = disk.WriteAt(h.encode(), int64(h.self)*SectorSize)
	}
	return errors.Join(err, disk.Sync())
}

// ProtectiveMBR returns the first sector of an image: one entry of type EE that
// covers a disk of any size, so that it never has to change. The first 440
// bytes are free for GRUB's first stage.
func ProtectiveMBR() [SectorSize]byte {
	var b [SectorSize]byte
	copy(b[446:], []byte{0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	b[510], b[511] = 0x55, 0xaa
	return b
}
