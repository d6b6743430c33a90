package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"strings"

	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/hardware/board"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// hardwareFiles name a machine for life: a PC's board, a Pi's processor.
var hardwareFiles = []string{"sys/class/dmi/id/product_uuid", "proc/device-tree/serial-number"}

// machine is what the station tells of itself when it enrols. Only an
// appliance owns its machine: several stations may share a host.
func (a *agent) machine() enroll.Machine {
	root := os.DirFS("/")
	m := enroll.Machine{Model: board.Identify(root).Model}
	if a.Slot != "host" {
		m.Hardware = hardwareID(root)
	}
	return m
}

// hardwareID is a hash, because the number itself is nobody's business.
func hardwareID(root fs.FS) string {
	for _, name := range hardwareFiles {
		b, err := fs.ReadFile(root, name)
		id := strings.Trim(string(b), " \n\x00")
		if err == nil && id != "" {
			sum := sha256.Sum256([]byte("mallette-hardware-v1\x00" + id))
			return hex.EncodeToString(sum[:16])
		}
	}
	return ""
}

// measureBoard reads the machine's sensors.
func measureBoard() health.Board {
	sample := board.Measure(os.DirFS("/"))
	var b health.Board
	if sample.Celsius != nil {
		b.Celsius = *sample.Celsius
	}
	if sample.Undervoltage != nil {
		b.Undervoltage = *sample.Undervoltage
	}
	if battery := sample.Battery; battery != nil {
		b.BatteryPercent, b.OnBattery, b.BatteryWear = &battery.Percent, battery.OnBattery, &battery.Wear
	}
	return b
}
