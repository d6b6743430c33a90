package main

import (
	"github.com/mallette-kit/mallette/device/install"
	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// installing offers to install a live stick on the machine it was started on.
// Other starts have nothing to install from.
func (s *station) installing(m *kiosk.Mediator) {
	boot, err := slot.ReadBoot(slot.BootPath)
	if err == nil && boot.Live {
		m.Installer = install.NewClient(s.p.flags.Run)
	}
}
