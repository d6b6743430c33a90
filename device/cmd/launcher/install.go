package main

import (
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/device/install"
	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// installing offers to install a live stick on the machine it was started on.
// Other starts have nothing to install from.
func (s *station) installing(m *kiosk.Mediator) {
	if s.installs() {
		m.Installer = install.NewClient(s.p.flags.Run)
	}
}

// installs reports whether the program that installs is there, or will be in a
// moment: on a live stick, or because somebody started it beside the launcher.
func (s *station) installs() bool {
	if boot, err := slot.ReadBoot(slot.BootPath); err == nil {
		return boot.Live
	}
	_, err := os.Stat(filepath.Join(s.p.flags.Run, install.SocketName))
	return err == nil
}

// started is what the first program found and the station lives with; nothing
// off an appliance.
func started() []kiosk.Alert {
	boot, err := slot.ReadBoot(slot.BootPath)
	if err != nil {
		return nil
	}
	var list []kiosk.Alert
	for _, p := range boot.Problems {
		list = append(list, kiosk.Alert{Kind: kiosk.AlertStart, Start: p})
	}
	return list
}
