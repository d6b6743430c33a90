package flash

import (
	"bufio"
	"encoding/hex"
	"errors"
	"io"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Install is the Edit of a disk that gets a copy of the [Running] one: a table
// for its own size with identifiers of its own, a boot counter that begins
// anew, and join instead of whatever the running disk was told. Both systems
// are then proved against what their release says of them, and fill puts the
// data where its partition will be, before there is one.
func Install(join slot.Join, fill func(off, size int64) error) func(Editable) error {
	return func(disk Editable) error {
		table, err := slot.NewTable(uint64(disk.Size() / slot.SectorSize))
		if err != nil {
			return fail(KindSmall, err)
		}
		table = table.Renew()
		if err := table.Write(disk); err != nil {
			return err
		}
		if err := settle(disk, table, join); err != nil {
			return err
		}
		perm, _ := table.Partition(slot.PartitionPerm)
		return fill(perm.Bytes())
	}
}

// settle rewrites what a station keeps on its boot partition, and proves both
// systems.
func settle(disk Editable, table slot.Table, join slot.Join) error {
	_, esp, err := open(disk)
	if err != nil {
		return err
	}
	if err := slot.WriteEnv(esp, slot.NewEnv()); err != nil {
		return err
	}
	if err := slot.WriteJoin(esp, join); err != nil {
		return err
	}
	releases, err := Releases(esp)
	if err != nil {
		return err
	}
	for n, id := range []slot.ID{slot.A, slot.B} {
		p, _ := table.Partition(id.Partition())
		if err := prove(disk, p, releases[n].Root); err != nil {
			return err
		}
	}
	return nil
}

// errRoot says that a system is not the one its release names.
var errRoot = errors.New("root is not what the release says")

// prove computes the hash of a system from what is on the disk now.
func prove(disk Editable, p slot.Partition, root slot.Verity) error {
	salt, err := hex.DecodeString(root.Salt)
	if err != nil {
		return fail(KindForeign, err)
	}
	off, _ := p.Bytes()
	data := io.NewSectionReader(disk, off, int64(root.Blocks)*slot.BlockSize)
	got, _, err := slot.Seal(bufio.NewReaderSize(data, 1<<20), salt, slot.GUID{})
	if err != nil {
		return fail(KindMedium, err)
	}
	if got.Hash != root.Hash {
		return fail(KindDamaged, errRoot)
	}
	return nil
}
