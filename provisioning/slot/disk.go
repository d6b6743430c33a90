package slot

// SectorSize is the only logical sector size supported: an image is written to
// sticks and disks as it is, and its file systems count in these.
const SectorSize = 512

// Numbers of the partitions. gokrazy fixes 1 to 4.
const (
	PartitionESP   = 1
	PartitionRootA = 2
	PartitionRootB = 3
	PartitionPerm  = 4
	PartitionBIOS  = 5
)

// Sizes of the partitions that can never grow remotely, in bytes.
const (
	SizeBIOS = 1 << 20
	SizeESP  = 512 << 20
	SizeRoot = 1 << 30
)

// alignment is where partitions start, in sectors: a MiB.
const alignment = 1 << 20 / SectorSize

// Attributes of an entry that other systems respect.
const (
	attributeReadOnly  = 1 << 60
	attributeNoLetter  = 1 << 63 // no drive letter, no automatic mount
	attributesOfRoots  = attributeReadOnly | attributeNoLetter
	attributesOfHidden = attributeNoLetter
)

// place is a partition as this package lays it out.
type place struct {
	number     int
	kind       string
	name       string
	bytes      uint64 // 0: the rest
	attributes uint64
}

// Types of partitions.
const (
	typeESP   = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	typeLinux = "0fc63daf-8483-4772-8e79-3d69d8477de4"
	typeBIOS  = "21686148-6449-6e6f-744e-656564454649"
)

// layout returns the partitions in the order of the disk.
func layout() []place {
	return []place{
		{PartitionBIOS, typeBIOS, "mallette-bios", SizeBIOS, attributesOfHidden},
		{PartitionESP, typeESP, "mallette-esp", SizeESP, 0},
		{PartitionRootA, typeLinux, "mallette-root-a", SizeRoot, attributesOfRoots},
		{PartitionRootB, typeLinux, "mallette-root-b", SizeRoot, attributesOfRoots},
		{PartitionPerm, typeLinux, "mallette-perm", 0, attributesOfHidden},
	}
}

// ImageGUID returns the identifier that every image carries until it is
// flashed or first started: of the disk for 0, of a partition by its number.
// It spells the project's name, so that nobody takes it for a random one.
func ImageGUID(partition int) GUID {
	g := mustGUID("4d616c6c-6574-4465-a000-000000000000")
	g[15] = byte(partition)
	return g
}

// permStart is the first sector of perm.
func permStart() uint64 {
	at := uint64(alignment)
	for _, p := range layout() {
		at += p.bytes / SectorSize
	}
	return at
}

// ImageSectors returns the size of a disk whose perm holds that many bytes.
func ImageSectors(permBytes int64) uint64 {
	perm := (uint64(max(permBytes, 1<<20)) + SectorSize - 1) / SectorSize
	return permStart() + roundUp(perm) + alignment // the second copy of the table lives in the last MiB
}

func roundUp(sectors uint64) uint64 { return (sectors + alignment - 1) / alignment * alignment }

// permEnd is the last sector of a perm that fills the disk.
func permEnd(sectors uint64) uint64 { return (sectors-tableSectors)/alignment*alignment - 1 }
