package flash

import (
	"bytes"
	"io"
	"os"
)

// Format is what is written on a disk or a partition, as far as its first
// bytes tell.
type Format string

// The formats that somebody may regret.
const (
	FormatNone      Format = ""          // zeros, or nothing known
	FormatTable     Format = "table"     // a partition table
	FormatBegun     Format = "begun"     // an image that was not written to its end
	FormatFAT       Format = "fat"       // sticks, cards, firmware partitions
	FormatExFAT     Format = "exfat"     // large sticks and cards
	FormatNTFS      Format = "ntfs"      // Windows
	FormatBitLocker Format = "bitlocker" // Windows, encrypted
	FormatExt       Format = "ext"       // Linux
	FormatBtrfs     Format = "btrfs"     // Linux
	FormatXFS       Format = "xfs"       // Linux
	FormatLUKS      Format = "luks"      // Linux, encrypted
	FormatLVM       Format = "lvm"       // Linux, volumes
	FormatSwap      Format = "swap"      // Linux
	FormatSquash    Format = "squashfs"  // a system of Mallette, among others
	FormatISO       Format = "iso9660"   // an installation medium
	FormatAPFS      Format = "apfs"      // macOS
	FormatHFS       Format = "hfs"       // macOS
)

// Owner says whose format it is: "windows", "linux", "macos" or "".
func (f Format) Owner() string {
	switch f {
	case FormatNTFS, FormatBitLocker:
		return "windows"
	case FormatExt, FormatBtrfs, FormatXFS, FormatLUKS, FormatLVM, FormatSwap:
		return "linux"
	case FormatAPFS, FormatHFS:
		return "macos"
	}
	return ""
}

// Content is what lies on a disk or a partition.
type Content struct {
	Format Format
	Label  string // the name that somebody gave it; may be ""
}

// looked is how much of a disk tells its format: btrfs has its mark at 64 KiB.
const looked = 68 << 10

// look reads a device and mounts nothing. What cannot be read has no content
// to name.
func look(path string, size int64) Content {
	f, err := os.Open(path)
	if err != nil {
		return Content{}
	}
	defer f.Close()
	head := make([]byte, min(size, looked))
	n, err := io.ReadFull(f, head)
	if err != nil && n == 0 {
		return Content{}
	}
	return Recognise(head[:n])
}

// begun stands where a partition table would be while an image is written.
const begun = "Mallette: not written to its end"

// mark is a text at a place that only one format has.
type mark struct {
	at     int
	text   string
	format Format
	label  func(head []byte) string
}

func marks() []mark {
	return []mark{
		{0, begun, FormatBegun, nil},
		{3, "-FVE-FS-", FormatBitLocker, nil},
		{3, "NTFS    ", FormatNTFS, nil},
		{3, "EXFAT   ", FormatExFAT, nil},
		{0x52, "FAT32   ", FormatFAT, latin(0x47, 11)},
		{0x36, "FAT1", FormatFAT, latin(0x2b, 11)},
		{0, "LUKS\xba\xbe", FormatLUKS, latin(0x18, 48)},
		{0, "XFSB", FormatXFS, latin(0x6c, 12)},
		{0, "hsqs", FormatSquash, nil},
		{32, "NXSB", FormatAPFS, nil},
		{0x218, "LVM2 001", FormatLVM, nil},
		{0x438, "\x53\xef", FormatExt, latin(0x478, 16)},
		{0x400, "H+", FormatHFS, nil},
		{0x400, "HX", FormatHFS, nil},
		{4086, "SWAPSPACE2", FormatSwap, latin(0x41c, 16)},
		{0x8001, "CD001", FormatISO, latin(0x8028, 32)},
		{0x10040, "_BHRfS_M", FormatBtrfs, latin(0x1012b, 64)},
		{0x200, "EFI PART", FormatTable, nil},
		{0x1fe, "\x55\xaa", FormatTable, nil},
	}
}

// Recognise names the format of a disk or partition from its first bytes,
// whatever they are.
func Recognise(head []byte) Content {
	for _, m := range marks() {
		if m.at+len(m.text) > len(head) || string(head[m.at:m.at+len(m.text)]) != m.text {
			continue
		}
		c := Content{Format: m.format}
		if m.label != nil {
			c.Label = m.label(head)
		}
		return c
	}
	return Content{}
}

// latin reads a label of one byte a character, ended by a zero.
func latin(at, n int) func([]byte) string {
	return func(head []byte) string {
		if at+n > len(head) {
			return ""
		}
		text, _, _ := bytes.Cut(head[at:at+n], []byte{0})
		if label := printable(string(text)); label != "NO NAME" {
			return label
		}
		return ""
	}
}
