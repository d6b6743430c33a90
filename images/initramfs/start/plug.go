package start

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mallette-kit/mallette/hardware/kmod"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// always lists what no device asks for: file systems, the mapper, the parents of
// Intel's watchdog, which only then is seen, and the loop device, on which the
// userland is mounted: its node in /dev only comes with it.
func always() []string {
	return []string{"squashfs", "dm_verity", "ext4", "efivarfs", "loop", "lpc_ich", "i2c_i801"}
}

func (s *Start) drivers(ctx context.Context) error {
	mods, err := kmod.Open(ModulesDir)
	if err != nil {
		return fail(slot.ProblemModules, err)
	}
	s.mods = mods
	for _, name := range always() {
		if err := mods.Load(ctx, name); err != nil {
			s.log.Warn("module not loaded", "module", name, "err", err)
		}
	}
	s.plug(ctx)
	s.firmware()
	return nil
}

// plug loads what the devices that are there ask for. Most ask for something
// that only the root has.
func (s *Start) plug(ctx context.Context) {
	for _, alias := range Aliases("/sys/devices") {
		_ = s.mods.Load(ctx, alias)
	}
}

// Aliases returns what devices below a folder of /sys ask for. It reads uevent
// files, because the bus of cards tells it nowhere else.
func Aliases(devices string) (list []string) {
	_ = filepath.WalkDir(devices, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "uevent" {
			return nil // a device that went away meanwhile
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil
		}
		for line := range strings.Lines(string(text)) {
			if alias, ok := strings.CutPrefix(strings.TrimSpace(line), "MODALIAS="); ok && alias != "" {
				list = append(list, alias)
			}
		}
		return nil
	})
	return list
}
