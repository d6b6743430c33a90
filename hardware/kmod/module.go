package kmod

import (
	"path"
	"strings"
)

// Module is what a driver's file says of itself.
type Module struct {
	Name     string
	Path     string   // below the folder of modules
	Needs    []string // loaded first, or the module cannot be
	Before   []string // names or aliases that should be loaded first
	After    []string // and afterwards
	Aliases  []string // patterns of the devices that it drives, and other names
	Firmware []string // files that it may ask for
}

// Name writes a module's name as the kernel does: of a file, "snd-hda-intel.ko.xz"
// is snd_hda_intel.
func Name(of string) string {
	base := path.Base(of)
	if at := strings.Index(base, ".ko"); at > 0 {
		base = base[:at]
	}
	return strings.ReplaceAll(base, "-", "_")
}

// fold writes names and aliases alike: kernel and files differ in "-" and "_",
// except inside the brackets of a pattern, where "-" is a range.
func fold(alias string) string {
	before, rest, found := strings.Cut(alias, "[")
	before = strings.ReplaceAll(before, "-", "_")
	if !found {
		return before
	}
	set, rest, _ := strings.Cut(rest, "]")
	return before + "[" + set + "]" + fold(rest)
}
