package enroll

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"strings"
)

// OffAppliance is the slot of a station whose programs run on somebody else's
// system: several such stations may share a machine.
const OffAppliance = "host"

// hardwareFiles name a machine for life: a PC's board, a Pi's processor.
func hardwareFiles() []string {
	return []string{"sys/class/dmi/id/product_uuid", "proc/device-tree/serial-number"}
}

// HardwareID names the machine whose "/" is root, by a hash because the number
// itself is nobody's business. It is "" for a machine without a number, and
// off the appliance: only an appliance owns its machine.
func HardwareID(root fs.FS, slot string) string {
	if slot == OffAppliance {
		return ""
	}
	for _, name := range hardwareFiles() {
		b, err := fs.ReadFile(root, name)
		id := strings.Trim(string(b), " \n\x00")
		if err == nil && id != "" {
			sum := sha256.Sum256([]byte("mallette-hardware-v1\x00" + id))
			return hex.EncodeToString(sum[:16])
		}
	}
	return ""
}
