package flash

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// uses says who uses the disk or one of its partitions. What only another
// program knows is found when the device is opened, see [Open].
func (h Host) uses(d Disk) ([]Use, error) {
	mounts, err := os.ReadFile(filepath.Join(h.Proc, "self", "mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("read mounts: %w", err)
	}
	swaps, err := os.ReadFile(filepath.Join(h.Proc, "swaps"))
	if err != nil && !os.IsNotExist(err) { // a kernel without swap
		return nil, fmt.Errorf("read swaps: %w", err)
	}
	taken := append(parseMounts(string(mounts)), parseSwaps(string(swaps))...)
	var uses []Use
	for _, name := range append([]string{d.Name}, partNames(d)...) {
		uses = append(uses, h.usesOf(name, name, taken, 0)...)
	}
	return uses, nil
}

func partNames(d Disk) []string {
	var names []string
	for _, p := range d.Parts {
		names = append(names, p.Name)
	}
	return names
}

// maxStack is how many volumes may stand on each other: LVM in LUKS in RAID is
// three.
const maxStack = 8

// usesOf follows what is built on the block device: the volume is a use, and
// what the volume is used for says whether the system stands on it.
func (h Host) usesOf(part, name string, all []taken, depth int) []Use {
	var uses []Use
	for _, t := range all {
		if t.device == h.numbers(name) || t.source == "/dev/"+name {
			uses = append(uses, Use{Part: part, By: t.by, System: systemMount(t.by)})
		}
	}
	if depth == maxStack {
		return uses
	}
	for _, holder := range h.holders(name) {
		above := h.usesOf(part, holder, all, depth+1)
		if len(above) == 0 {
			above = []Use{{Part: part, By: h.volume(holder)}}
		}
		uses = append(uses, above...)
	}
	return uses
}

// classOf is where /sys describes a disk or a partition.
func (h Host) classOf(name string) string { return filepath.Join(h.Sys, "class", "block", name) }

// numbers are "major:minor", or something that no mount has.
func (h Host) numbers(name string) string {
	if n := text(h.classOf(name), "dev"); n != "" {
		return n
	}
	return "?"
}

func (h Host) holders(name string) []string {
	entries, err := os.ReadDir(filepath.Join(h.classOf(name), "holders"))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// volume is the name that people gave to a volume of the device mapper.
func (h Host) volume(name string) string {
	if n := text(filepath.Join(h.classOf(name), "dm"), "name"); n != "" {
		return n
	}
	return name
}

// systemMount reports whether the computer runs from what is mounted there.
func systemMount(by string) bool {
	return slices.Contains([]string{"/", "/boot", "/boot/efi", "/efi", "/usr", "/var", "/home", "/perm", "/run/live/medium", swap}, by)
}

const swap = "swap"

// taken is a block device that is mounted or swapped to.
type taken struct {
	device string // "8:1"
	source string // "/dev/sda1"; btrfs has device numbers of its own
	by     string
}

// parseMounts reads /proc/self/mountinfo: "36 35 98:0 /root /mnt rw - ext3 /dev/sda1 rw".
// A line it does not understand is no mount of a disk.
func parseMounts(text string) []taken {
	var all []taken
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 5 || len(right) < 2 {
			continue
		}
		all = append(all, taken{device: left[2], source: unescape(right[1]), by: unescape(left[4])})
	}
	return all
}

// parseSwaps reads /proc/swaps. Swap files are on a mounted disk already.
func parseSwaps(text string) []taken {
	var all []taken
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) >= 2 && strings.HasPrefix(f[0], "/dev/") {
			all = append(all, taken{source: unescape(f[0]), by: swap})
		}
	}
	return all
}

// unescape undoes what the kernel does to blanks in names.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}
