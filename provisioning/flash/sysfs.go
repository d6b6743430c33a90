package flash

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// text reads a small attribute; what is not there is empty. Names come from
// hardware: only what can be shown on a line is kept.
func text(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil || len(b) > 512 {
		return ""
	}
	return printable(string(b))
}

func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func number(dir, name string) int64 {
	n, err := strconv.ParseInt(text(dir, name), 10, 64)
	if err != nil || n < 0 || n > 1<<54 {
		return 0
	}
	return n
}

func model(dir string) string {
	device := filepath.Join(dir, "device")
	name := strings.TrimSpace(text(device, "vendor") + " " + text(device, "model"))
	if strings.HasPrefix(name, "0x") { // virtio numbers its maker
		name = ""
	}
	if name == "" {
		name = text(device, "name") // cards
	}
	return name
}

// bus tells from the path of a disk in /sys/devices how it is connected.
func bus(name, real, dir string) Bus {
	switch {
	case strings.HasPrefix(name, "mmcblk"):
		if text(filepath.Join(dir, "device"), "type") == "MMC" {
			return BusMMC
		}
		return BusCard
	case strings.Contains(real, "/usb"):
		return BusUSB
	case strings.HasPrefix(name, "nvme"):
		return BusNVMe
	case strings.Contains(real, "/ata"):
		return BusSATA
	case strings.Contains(real, "/virtio"):
		return BusVirtio
	case strings.HasPrefix(name, "loop"):
		return BusLoop
	}
	return BusOther
}

// serial is the number the maker gave: of the disk, or of the USB device it is
// in. A loop device has the file it stands for.
func serial(real string) string {
	for _, name := range []string{"serial", "device/serial", "loop/backing_file"} {
		if s := text(real, name); s != "" {
			return s
		}
	}
	if s := vitalProduct(real); s != "" {
		return s
	}
	for dir := filepath.Dir(real); strings.Contains(dir, "/usb"); dir = filepath.Dir(dir) {
		if text(dir, "idVendor") != "" {
			return text(dir, "serial")
		}
	}
	return ""
}

// vitalProduct is the serial number of a SATA or SCSI disk: a page of four
// bytes of heading and the text.
func vitalProduct(real string) string {
	if strings.Contains(real, "/usb") {
		return "" // bridges invent one
	}
	b, err := os.ReadFile(filepath.Join(real, "device", "vpd_pg80"))
	if err != nil || len(b) < 4 || len(b) > 512 {
		return ""
	}
	return printable(string(b[4:]))
}
