// Command hotplug loads the drivers of a station's devices: of those that are
// there when it starts, of those that are plugged in later, and of those that
// the kernel asks for by itself.
//
//	hotplug --run /run/mallette --modules /lib/modules
//	hotplug -q -- snd-hda-codec-realtek        as the kernel calls it
//
// It tells in <run>/firmware.json which files of their makers drivers miss.
// Where everything is built into the kernel, as on a Raspberry Pi, it finds no
// modules and waits quietly. It unloads nothing and never exits with 0, which a
// gokrazy supervisor would take for "stopped for good"; only the kernel's own
// requests end with 0.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/daemon"
	"github.com/mallette-kit/mallette/device/hotplug"
	"github.com/mallette-kit/mallette/hardware/kmod"
)

// version is set by the linker: -X main.version=…
var version = "dev"

// flags are the command line.
type flags struct {
	Run      string           `help:"Run directory, shared by the programs of the station." default:"/run/mallette" env:"MALLETTE_STATION_RUN"`
	Modules  string           `help:"Folder of the kernels' modules." default:"/lib/modules" env:"MALLETTE_STATION_MODULES"`
	Devices  string           `help:"Folder of the devices." default:"/sys/devices"`
	Log      string           `help:"The kernel's log." default:"/dev/kmsg"`
	Modprobe string           `help:"Where the kernel is told whom to ask; none: it is not told." default:"/proc/sys/kernel/modprobe"`
	Version  kong.VersionFlag `help:"Print the version and exit."`
}

var this = daemon.Program{Name: "hotplug", About: "Loads the drivers of a Mallette station's devices."}

func main() {
	if _, asked := hotplug.Asked(os.Args[1:]); asked {
		os.Exit(help(context.Background(), os.Args[1:]))
	}
	this.Main(run)
}

// run is the program, as tests start it too.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	var f flags
	logger, err := this.Parse(&f, version, args, out, log)
	if err != nil {
		return err
	}
	p := program{f, logger}
	return p.Run(ctx)
}

// help answers one request of the kernel, whose helper it is for a moment.
func help(ctx context.Context, args []string) int {
	dir, err := modulesDir(env("MALLETTE_STATION_MODULES", "/lib/modules"))
	if err != nil {
		return 1
	}
	mods, err := kmod.Open(dir)
	if err != nil || hotplug.Helper(ctx, args, mods) != nil {
		return 1
	}
	return 0
}

func env(name, otherwise string) string {
	if v, ok := os.LookupEnv(name); ok {
		return v
	}
	return otherwise
}

// errKernel is a kernel that does not say its own name.
var errKernel = errors.New("kernel without a name")

// modulesDir is the folder of the modules of the kernel that runs.
func modulesDir(root string) (string, error) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return "", fmt.Errorf("ask kernel: %w", err)
	}
	release := strings.TrimRight(string(name.Release[:]), "\x00")
	if release == "" || strings.ContainsAny(release, "/") {
		return "", errKernel
	}
	return filepath.Join(root, release), nil
}
