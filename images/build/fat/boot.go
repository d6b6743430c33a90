package fat

import (
	"encoding/binary"
	"io"
)

// boot writes the description of the volume and its backup.
func (v Volume) boot(w io.WriterAt, m *layoutOf) error {
	b, info := v.bootSector(m), make([]byte, sector)
	le := binary.LittleEndian
	copy(info, "RRaA")
	copy(info[484:], "rrAa")
	le.PutUint32(info[488:], m.clusters+2-m.next) // free
	le.PutUint32(info[492:], m.next)
	copy(info[508:], "\x00\x00\x55\xaa")
	for _, at := range []int64{0, backupBoot} {
		if _, err := w.WriteAt(append(b, info...), at*sector); err != nil {
			return err
		}
	}
	return nil
}

func (v Volume) bootSector(m *layoutOf) []byte {
	b := make([]byte, sector)
	le := binary.LittleEndian
	copy(b, "\xeb\x58\x90MALLETTE")
	le.PutUint16(b[11:], sector)
	b[13] = perCluster
	le.PutUint16(b[14:], reserved)
	b[16] = 2    // tables
	b[21] = 0xf8 // a disk
	le.PutUint16(b[24:], 63)
	le.PutUint16(b[26:], 255)
	le.PutUint32(b[28:], v.Hidden)
	le.PutUint32(b[32:], v.Sectors)
	le.PutUint32(b[36:], m.tableSectors)
	le.PutUint32(b[44:], 2) // the root's cluster
	le.PutUint16(b[48:], infoSector)
	le.PutUint16(b[50:], backupBoot)
	b[64], b[66] = 0x80, 0x29
	le.PutUint32(b[67:], v.Serial)
	copy(b[71:], pad(v.Label, 11))
	copy(b[82:], "FAT32   ")
	copy(b[90:], "\xf4\xeb\xfd") // halt: nobody starts from here without UEFI or GRUB
	copy(b[510:], "\x55\xaa")
	return b
}

func (m *layoutOf) writeTables(w io.WriterAt) error {
	used := make([]byte, 0, 4*m.next)
	for _, c := range m.table[:m.next] {
		used = binary.LittleEndian.AppendUint32(used, c)
	}
	for i := range int64(2) {
		if _, err := w.WriteAt(used, (reserved+i*int64(m.tableSectors))*sector); err != nil {
			return err
		}
	}
	return nil
}
