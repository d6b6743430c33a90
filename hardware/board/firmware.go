package board

import (
	"slices"
	"strings"
)

// maxFirmware is more than a machine lacks; a hostile or broken device could
// ask for ever.
const maxFirmware = 16

// Firmware is the files of their makers that drivers asked for and did not get,
// as the kernel's log tells it. The zero value has heard nothing.
type Firmware struct {
	missing []asked
}

// asked is one file and the device that wanted it.
type asked struct{ device, file string }

// Hear takes one line of the kernel's log and reports whether what is missing
// has changed. A driver that asks for newer files before the one it is content
// with lacks nothing in the end.
func (f *Firmware) Hear(line string) (changed bool) {
	device, said := split(line)
	if content(said) {
		n := len(f.missing)
		f.missing = slices.DeleteFunc(f.missing, func(a asked) bool { return a.device == device })
		return len(f.missing) != n
	}
	file, ok := wanted(said)
	a := asked{device, file}
	if !ok || optional(file) || len(f.missing) == maxFirmware || slices.Contains(f.missing, a) {
		return false
	}
	f.missing = append(f.missing, a)
	return true
}

// Missing lists the files, sorted, each once.
func (f *Firmware) Missing() []string {
	var list []string
	for _, a := range f.missing {
		list = append(list, a.file)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// split tells who speaks, "iwlwifi 0000:00:14.3", from what is said.
func split(line string) (device, said string) {
	if _, text, ok := strings.Cut(line, ";"); ok { // /dev/kmsg: numbers, then the text
		line = text
	}
	i := strings.Index(line, ": ")
	if i < 0 {
		return "", line
	}
	return line[:i], line[i+2:]
}

// content is a driver that got a file.
func content(said string) bool {
	return strings.HasPrefix(said, "loaded firmware") || strings.HasPrefix(said, "firmware: direct-loading firmware")
}

// wanted finds the file in the two ways in which the kernel says it.
func wanted(said string) (file string, ok bool) {
	if rest, is := strings.CutPrefix(said, "firmware: failed to load "); is {
		file, _, _ = strings.Cut(rest, " ")
	} else if rest, is := strings.CutPrefix(said, "Direct firmware load for "); is {
		file, _, _ = strings.Cut(rest, " failed")
	}
	return file, plain(file)
}

// plain refuses what is no file name of a maker.
func plain(file string) bool {
	return file != "" && len(file) <= 96 && !strings.Contains(file, "..") &&
		strings.Trim(strings.ToLower(file), "abcdefghijklmnopqrstuvwxyz0123456789-_./,+") == ""
}

// optional files are asked for by drivers that work without them.
func optional(file string) bool {
	for _, end := range []string{"iwl-debug-yoyo.bin", "regulatory.db", "regulatory.db.p7s", ".clm_blob", ".txcap_blob"} {
		if strings.HasSuffix(file, end) {
			return true
		}
	}
	return strings.HasPrefix(file, "brcm/") && strings.HasSuffix(file, ".txt")
}

// ForRadio reports whether a file is for a Wi-Fi adapter, by its maker's
// naming.
func ForRadio(file string) bool {
	for _, start := range []string{
		"iwlwifi-", "iwlwifi/", "intel/iwlwifi/", "rtlwifi/", "rtw88/", "rtw89/", "ath", "brcm/brcmfmac", "cypress/", "mediatek/", "mt76", "mrvl/", "libertas/", "ti-connectivity/", "rt2", "rt3", "rt73",
	} {
		if strings.HasPrefix(file, start) {
			return true
		}
	}
	return false
}
