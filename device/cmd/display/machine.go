package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/screen"
	"github.com/mallette-kit/mallette/device/supervisor"
)

// Requests and values of linux/kd.h and linux/vt.h.
const (
	keysMode    = 0x4b45 // KDSKBMODE
	keysOff     = 4      // K_OFF: the console takes no key at all
	keysUnicode = 3
	drawMode    = 0x4b3a // KDSETMODE
	drawText    = 0
	drawPicture = 1
	lockSwitch  = 0x560b // VT_LOCKSWITCH: nobody changes to another console
	openSwitch  = 0x560c
)

const console = "/dev/tty0"

// machine is what display minds on a station, and leaves alone elsewhere.
type machine struct {
	owned      bool
	log        *slog.Logger
	lamp       lamp
	supervisor string // socket; "": the appliance's
	disk       string // that this station was started from, "/dev/sda"; "" off the appliance
}

// lock takes away what leads out of the kiosk below the compositor: the
// console's own keys, its switching, the three-finger restart and the kernel's
// magic keys.
func (m *machine) lock() error {
	if !m.owned {
		return nil
	}
	errs := []error{unix.Reboot(unix.LINUX_REBOOT_CMD_CAD_OFF), os.WriteFile("/proc/sys/kernel/sysrq", []byte("0"), 0)}
	return errors.Join(append(errs, m.console(keysOff, lockSwitch, drawPicture))...)
}

// unlock gives the console back, for the words of whoever comes next.
func (m *machine) unlock() error {
	if !m.owned {
		return nil
	}
	return m.console(keysUnicode, openSwitch, drawText)
}

// rouse has udev say a word about an input device. The compositor was given keys
// and pointers when it started and takes them in at udev's next word only:
// otherwise the first key that somebody presses is that word, and is lost.
func (m *machine) rouse() {
	if !m.owned {
		return
	}
	for _, device := range glob("/sys/class/input/event*/uevent") {
		if err := os.WriteFile(device, []byte("change"), 0); err == nil {
			return
		}
	}
	m.log.Warn("no input device to speak of")
}

// console sets the console's modes. A kernel without one has nothing to lock.
func (m *machine) console(keys, switching, drawing int) error {
	tty, err := os.OpenFile(console, os.O_RDWR|unix.O_NOCTTY, 0)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open console: %w", err)
	}
	defer tty.Close()
	fd := int(tty.Fd())
	return errors.Join(
		named("keys", unix.IoctlSetInt(fd, keysMode, keys)),
		named("switching", unix.IoctlSetInt(fd, uint(switching), 1)),
		named("drawing", unix.IoctlSetInt(fd, drawMode, drawing)))
}

func named(what string, err error) error {
	if err != nil {
		return fmt.Errorf("console's %s: %w", what, err)
	}
	return nil
}

// tell says on the console why there is no picture, or gives the console back
// to the compositor.
func (m *machine) tell(problem screen.Problem) {
	if !m.owned {
		return
	}
	if err := m.say(consoleText(problem)); err != nil {
		m.log.Warn("console not written", "err", err)
	}
}

func (m *machine) say(words string) error {
	drawing := drawText
	if words == "" {
		drawing = drawPicture
	}
	if err := m.console(keysOff, lockSwitch, drawing); err != nil || words == "" {
		return err
	}
	tty, err := os.OpenFile(console, os.O_WRONLY|unix.O_NOCTTY, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// UTF-8, cleared, cursor off.
	_, err = tty.WriteString("\x1b%G\x1b[2J\x1b[H\x1b[?25l\n\n" + words + "\n")
	return errors.Join(err, tty.Close())
}

// powerOff ends the session, so that the next start finds nothing half done,
// and has the supervisor end everything else in order.
func (d *display) powerOff(ctx context.Context) {
	d.end()
	d.log.Info("power button pressed")
	if err := (supervisor.Client{Socket: d.machine.supervisor}).PowerOff(ctx); err != nil {
		d.log.Error("machine not switched off", "err", err)
		d.again.Reset(0)
	}
}
