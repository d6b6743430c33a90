package links

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Radio is whether the Wi-Fi radios may send.
type Radio struct {
	Switch   bool // a switch or key of the machine holds them off
	Software bool // only a program's word does, in the kernel
	Kept     bool // a program's word does, and the machine remembers it: its maker's own switch
}

// Radio reads what the kernel knows of the switches (rfkill).
func (f Finder) Radio() Radio {
	var r Radio
	for _, dir := range f.switches() {
		if trimmed(dir, "hard") == "1" {
			r.Switch = true
		}
		if trimmed(dir, "soft") == "1" {
			r.Software = r.Software || forgets(dir)
			r.Kept = r.Kept || !forgets(dir)
		}
	}
	return r
}

// forgets reports whether a switch is the kernel's own for one radio, which
// nothing outlives. What a maker's driver switches lies in the machine's firmware.
func forgets(dir string) bool { return strings.HasPrefix(trimmed(dir, "name"), "phy") }

// Allow takes back a program's word that radios are off. A switch stays what
// it is: only a hand moves it. On somebody else's machine, guest, what the machine
// would remember stays as its owner left it.
func (f Finder) Allow(guest bool) error {
	var errs []error
	for _, dir := range f.switches() {
		if trimmed(dir, "soft") == "1" && (forgets(dir) || !guest) {
			errs = append(errs, os.WriteFile(filepath.Join(dir, "soft"), []byte("0"), 0o644))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("allow radio: %w", err)
	}
	return nil
}

// switches are those of Wi-Fi; Bluetooth has its own.
func (f Finder) switches() []string {
	root := f.Sys
	if root == "" {
		root = "/sys"
	}
	all, _ := filepath.Glob(filepath.Join(root, "class/rfkill/rfkill*"))
	var list []string
	for _, dir := range all {
		if trimmed(dir, "type") == "wlan" {
			list = append(list, dir)
		}
	}
	return list
}

func trimmed(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
