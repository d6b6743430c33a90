package slot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// BootPath is where the first program leaves what it learnt: a file in the
// kernel's /dev, which survives the switch to the root.
const BootPath = "/dev/.mallette-boot.json"

// Boot is what the first program learnt about this start.
type Boot struct {
	Format     int       `json:"format"`             // 1
	Slot       ID        `json:"slot"`               // that was started
	Trial      int       `json:"trial"`              // which try of a slot on trial, 0 when it is not on trial
	Release    string    `json:"release"`            // name of the release
	Kernel     string    `json:"kernel"`             // uname -r
	Userland   string    `json:"userland,omitempty"` // root hash of the system for sessions that the release names
	Disk       string    `json:"disk"`               // identifier of the boot partition now
	Device     string    `json:"device"`             // node of the disk, "/dev/sda"
	Removable  bool      `json:"removable"`          // a stick or a card
	Live       bool      `json:"live"`               // somebody else's machine: its disk, firmware variables and clock are not touched
	FirstStart bool      `json:"first"`              // the disk was given its own identifiers by this start
	Joined     bool      `json:"joined"`             // join.json was taken over by this start
	UEFI       bool      `json:"uefi"`               // false: a BIOS
	SecureBoot bool      `json:"secure"`             // the firmware verified the loader
	Watchdog   string    `json:"watchdog"`           // name of the hardware watchdog, "" for none
	Seconds    float64   `json:"seconds"`            // since the kernel started, when the root was entered
	Problems   []Problem `json:"problems,omitempty"`
}

// Partition returns the node of a partition of the disk.
func (b Boot) Partition(number int) string { return PartitionNode(b.Device, number) }

// PartitionNode returns the node of a partition: /dev/sda1, /dev/nvme0n1p1.
func PartitionNode(disk string, number int) string {
	if last := disk[max(0, len(disk)-1):]; last >= "0" && last <= "9" {
		return fmt.Sprintf("%sp%d", disk, number)
	}
	return fmt.Sprintf("%s%d", disk, number)
}

// ErrHosted says that no first program ran: the station is a guest on some
// other system.
var ErrHosted = errors.New("not an appliance")

// ReadBoot reads what the first program learnt, at BootPath on a station.
// Without the file the error is [ErrHosted].
func ReadBoot(path string) (Boot, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Boot{}, ErrHosted
	}
	if err != nil {
		return Boot{}, fmt.Errorf("read start: %w", err)
	}
	return ParseBoot(text)
}

// ParseBoot reads the content of BootPath.
func ParseBoot(text []byte) (Boot, error) {
	var b Boot
	if err := json.Unmarshal(text, &b); err != nil || b.Format != bootFormat || !b.Slot.Valid() {
		return Boot{}, fmt.Errorf("read start: %w", errBoot)
	}
	return b, nil
}

const bootFormat = 1

var errBoot = errors.New("not what a first program writes")

// Encode returns the file's content.
func (b Boot) Encode() ([]byte, error) {
	b.Format = bootFormat
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write start: %w", err)
	}
	return append(text, '\n'), nil
}
