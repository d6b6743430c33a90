// Command witness is the first program of a machine that starts the station's
// kernel and nothing else: it loads the drivers that it is told, lets the
// station's own code use the devices that these make up, and says on the console
// what came of it.
//
//	-append "console=ttyS0 -- camera vivid"
//
// Tests put it into a first file system with the modules of the image; it is
// never part of an image. It judges nothing: the tests do, by what it says. It
// switches the machine off at its end.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/hardware/kmod"
)

// modules is where the drivers are.
const modules = "/modules"

// limit is longer than any of this takes by emulation.
const limit = 8 * time.Minute

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	w := &witness{console: os.Stdout}
	w.say("ended: %v", w.look(ctx, os.Args[1:]))
	cancel()
	w.say("not switched off: %v", unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF))
}

// witness says what it sees.
type witness struct {
	console *os.File // the kernel's own log once there is one: it is out before a line is written
}

// say writes one line.
func (w *witness) say(format string, args ...any) {
	fmt.Fprintf(w.console, "witness: "+format+"\n", args...)
}

// look looks at what the first argument names, with the drivers that follow.
func (w *witness) look(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("nothing to look at")
	}
	if err := mount(); err != nil {
		return err
	}
	log, err := os.OpenFile("/dev/kmsg", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	w.console = log
	if err := w.load(ctx, args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "camera":
		return w.camera(ctx)
	case "wifi":
		return w.wifi(ctx)
	}
	return fmt.Errorf("look at %s: unknown", args[0])
}

// mount mounts what every program expects.
func mount() error {
	for _, m := range []struct{ kind, at string }{
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/run"}, {"tmpfs", "/tmp"},
	} {
		if err := unix.Mount(m.kind, m.at, m.kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	return nil
}

// load loads drivers as a station does.
func (w *witness) load(ctx context.Context, names []string) error {
	all, err := kmod.Open(modules)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := all.Load(ctx, name); err != nil {
			return err
		}
		w.say("loaded %s", name)
	}
	return nil
}
