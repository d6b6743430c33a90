package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Values of linux/fb.h, which backlights share.
const (
	blankRequest = 0x4611 // FBIOBLANK
	lampOn       = "0"    // FB_BLANK_UNBLANK
	lampOff      = "4"    // FB_BLANK_POWERDOWN
)

// errNoLamp says that no screen of this machine can be turned off.
var errNoLamp = errors.New("no lamp to turn off")

// lamp is the light of the machine's own screen. It is off while the lid is
// shut, and from a schedule's word until somebody touches a key.
type lamp struct {
	root        string // of the machine's files; "" but in tests
	shut, asked bool
	off         bool
}

// dark turns the screen off by schedule, or on again.
func (l *lamp) dark(off bool) { l.asked = off; l.set() }

// lid follows the lid.
func (l *lamp) lid(shut bool) { l.shut = shut; l.set() }

// wake is somebody at the keys.
func (l *lamp) wake() {
	if l.asked {
		l.dark(false)
	}
}

func (l *lamp) set() {
	off := l.shut || l.asked
	if off == l.off {
		return
	}
	l.off = off
	_ = l.light(off) // a screen that stays lit is no failure of a session
}

// light turns every backlight off or on, and where there is none the picture
// of the console, which an outer screen follows when nobody draws.
func (l *lamp) light(off bool) error {
	value := lampOn
	if off {
		value = lampOff
	}
	lamps := glob(l.root + "/sys/class/backlight/*/bl_power")
	var errs []error
	for _, file := range lamps {
		errs = append(errs, os.WriteFile(file, []byte(value), 0))
	}
	if len(lamps) > 0 {
		return errors.Join(errs...)
	}
	fb, err := os.OpenFile(l.root+"/dev/fb0", os.O_RDWR, 0)
	if err != nil {
		return errNoLamp
	}
	defer fb.Close()
	return unix.IoctlSetInt(int(fb.Fd()), blankRequest, int(value[0]-'0'))
}
