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
	Software bool // only a program's word does
}

// Radio reads what the kernel knows of the switches (rfkill).
func (f Finder) Radio() Radio {
	var r Radio
	for _, dir := range f.switches() {
		if trimmed(dir, "hard") == "1" {
			r.Switch = true
		}
		if trimmed(dir, "soft") == "1" {
			r.Software = true
		}
	}
	return r
}

// Allow takes back a program's word that radios are off. A switch stays what
// it is: only a hand moves it.
func (f Finder) Allow() error {
	var errs []error
	for _, dir := range f.switches() {
		if trimmed(dir, "soft") == "1" {
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
