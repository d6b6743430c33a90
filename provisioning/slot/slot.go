// Package slot is what building, flashing, starting and updating a station
// must agree on, and the only place that knows it: the partitions of the disk,
// the files of the boot partition, the boot counter, how a release names its
// root and its hash tree, and what the first program tells the others.
//
// The disk (see [NewTable]):
//
//	5  BIOS   1 MiB     where GRUB's second stage lives on machines without UEFI
//	1  ESP    512 MiB   FAT32: loader, one kernel container a slot, counter, join.json
//	2  root A 1 GiB     squashfs and its hash tree under dm-verity
//	3  root B 1 GiB     the same
//	4  perm   the rest  ext4: /perm
//
// Nothing on the ESP is ever created, renamed or resized after flashing: files
// are preallocated and overwritten in place through [ESP], so that no metadata
// of a FAT changes on a machine that may lose power at any moment.
//
//	esp, err := slot.OpenESP(partition)
//	env, err := slot.ReadEnv(esp)
//	err = slot.WriteEnv(esp, env.MarkGood(slot.B))
//
// A kernel's length must be exact (a signature covers it), and a preallocated
// file has none, so each slot's kernel, initramfs and command line travel in a
// container, a small ISO 9660 image that GRUB opens with loopback: [Container].
//
// The loader's decisions are [Env.Choose], which images/boot's grub.cfg must
// equal. The package never mounts anything and never decides whether a station
// is healthy.
package slot

// ID names one of the two slots; "" is none.
type ID string

// The slots.
const (
	None ID = ""
	A    ID = "a"
	B    ID = "b"
)

// Valid reports whether the id is a slot's.
func (id ID) Valid() bool { return id == A || id == B }

// Other returns the slot beside this one, None for None.
func (id ID) Other() ID {
	switch id {
	case A:
		return B
	case B:
		return A
	}
	return None
}

// Partition returns the number of the slot's root partition, 0 for None.
func (id ID) Partition() int {
	switch id {
	case A:
		return PartitionRootA
	case B:
		return PartitionRootB
	}
	return 0
}
