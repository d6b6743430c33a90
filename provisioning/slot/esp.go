package slot

// Files of the boot partition. GRUB sees them under the same names.
const (
	FileShim       = "/EFI/BOOT/BOOTX64.EFI"
	FileGrub       = "/EFI/BOOT/grubx64.efi"
	FileMokManager = "/EFI/BOOT/mmx64.efi"
	FileGrubConfig = "/EFI/debian/grub.cfg" // where Debian's signed GRUB looks
	FileEnv        = "/mallette/grubenv"
	FileEnvSpare   = "/mallette/grubenv2" // believed when the first is damaged
	FileContainerA = "/slot-a/boot.iso"
	FileContainerB = "/slot-b/boot.iso"
	FileJoin       = "/mallette/join.json"
)

// Sizes of the preallocated files, for ever.
const (
	SizeEnv       = 1024
	SizeContainer = 64 << 20
	SizeJoin      = 16 << 10
)

// ContainerFile returns the file of a slot's kernel container.
func ContainerFile(id ID) string {
	if id == B {
		return FileContainerB
	}
	return FileContainerA
}

// Preallocated returns the files that are overwritten in place, with the size
// that each has from the day the disk is made.
func Preallocated() map[string]int64 {
	return map[string]int64{
		FileEnv: SizeEnv, FileEnvSpare: SizeEnv, FileJoin: SizeJoin,
		FileContainerA: SizeContainer, FileContainerB: SizeContainer,
	}
}
