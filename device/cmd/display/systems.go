package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/sandbox/userland"
	"github.com/mallette-kit/mallette/device/screen"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// fewBytes is the memory below which a browser cannot live.
const fewBytes = 700 << 20

// systems is the userland in use. It changes between two sessions.
type systems struct {
	flags
	named   string // root hash of the one that the running release names; "" for none
	mounted *userland.Mounted
}

func (s *systems) folder() userland.Folder { return userland.Folder(filepath.Join(s.Data, "userland")) }

// root is the userland's folder: the one in use, or another that has come and
// been described since.
func (s *systems) root() (string, error) {
	if s.Root != "" {
		return s.Root, nil
	}
	d, err := s.folder().Choose(userland.Kiosk, s.named)
	if err == nil && s.mounted != nil && s.mounted.Description == d {
		return s.mounted.Path, nil
	}
	next, err := s.folder().Mount(userland.Kiosk, s.named, filepath.Join(s.Run, "userland"))
	if err != nil && s.mounted != nil {
		return s.mounted.Path, nil // what worked until now
	}
	if err != nil {
		return "", err
	}
	err = s.close()
	s.mounted = next
	return next.Path, err
}

// started is what the first program learnt; off the appliance nothing.
func started(log *slog.Logger) slot.Boot {
	boot, err := slot.ReadBoot(slot.BootPath)
	if err != nil && !errors.Is(err, slot.ErrHosted) {
		log.Warn("start not readable", "err", err)
	}
	return boot
}

// close lets go of the userland.
func (s *systems) close() error {
	if s.mounted == nil {
		return nil
	}
	was := s.mounted
	s.mounted = nil
	return was.Close()
}

// shape is what a session can be on this machine, or why there can be none.
func (d *display) shape() (shape, screen.Problem) {
	memory := total()
	if memory < fewBytes {
		return shape{}, screen.LittleMemory
	}
	if err := openShare(filepath.Join(d.flags.Run, "stick")); err != nil {
		d.log.Error("no place for sticks", "err", err)
		return shape{}, screen.Broken
	}
	root, err := d.systems.root()
	switch {
	case errors.Is(err, os.ErrNotExist) || errors.Is(err, userland.ErrMissing) || errors.Is(err, userland.ErrUnnamed):
		d.log.Error("no userland", "err", err)
		return shape{}, screen.NoUserland
	case err != nil && root == "":
		d.log.Error("userland not usable", "err", err)
		return shape{}, screen.BadUserland
	case err != nil:
		d.log.Warn("former userland not let go", "err", err)
	}
	if problem := d.drawable(); problem != screen.None {
		return shape{}, problem // the userland is there for others all the same
	}
	s := d.shapeOf(root, memory)
	s.page = d.page
	s.extra, s.software = d.extra, d.software || len(glob("/dev/dri/renderD*")) == 0
	return s, screen.None
}

// drawable says what a compositor would miss. A frame buffer without the
// driver that draws is a chip whose firmware is missing.
func (d *display) drawable() screen.Problem {
	switch {
	case d.Headless || len(glob("/dev/dri/card*")) > 0:
		return screen.None
	case len(glob("/dev/fb*")) > 0:
		return screen.NoFirmware
	}
	return screen.NoScreen
}

func glob(pattern string) []string {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil
	}
	return found
}

// total is the machine's memory.
func total() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return int64(info.Totalram) * int64(info.Unit)
}
