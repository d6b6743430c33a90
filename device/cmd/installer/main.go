// Command installer puts the live stick that this machine was started from onto
// one of the machine's own disks, when somebody asks for it twice on the
// station's pages.
//
//	installer --data /perm/kit --run /run/mallette
//
// It is the only program of a station that opens disks, and it runs on live
// sticks only: anywhere else it ends at once with 0, which tells gokrazy's
// supervisor that it is not needed. It listens on a socket that only root
// reaches, knows no network and no page, reads no key, and writes to no disk
// before an order names the very medium that was shown; see device/install.
//
// The identity of the station is not copied: the machine gets its own, with
// the stick's token when that was not spent yet, or by the code on its screen.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"

	"github.com/mallette-kit/mallette/device/daemon"
	"github.com/mallette-kit/mallette/device/install"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// version is set by the linker: -X main.version=…
var version = "dev"

// flags are the command line.
type flags struct {
	Data    string           `help:"Data directory of the station." default:"/perm/kit" env:"MALLETTE_STATION_DATA"`
	Run     string           `help:"Run directory, shared by the programs of the station." default:"/run/mallette" env:"MALLETTE_STATION_RUN"`
	Boot    string           `help:"What the first program learnt of this start." default:"${boot}" env:"MALLETTE_STATION_BOOT"`
	System  string           `help:"Folder below which a system with mke2fs is mounted." default:"/run/mallette/userland" env:"MALLETTE_STATION_SYSTEM"`
	Version kong.VersionFlag `help:"Print the version and exit."`
}

var this = daemon.Program{Name: "installer", About: "Installs a live stick of Mallette on a disk of the machine.", Vars: kong.Vars{"boot": slot.BootPath}}

func main() {
	this.Main(run)
}

// run is the program, as tests start it too. It fails with
// [daemon.ErrNotNeeded] where there is nothing to install from.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	var f flags
	logger, err := this.Parse(&f, version, args, out, log)
	if err != nil {
		return err
	}
	boot, err := slot.ReadBoot(f.Boot)
	if errors.Is(err, slot.ErrHosted) || err == nil && !boot.Live {
		logger.Info("nothing to install from")
		return daemon.ErrNotNeeded
	}
	if err != nil {
		return err
	}
	ln, err := listen(f.Run)
	if err != nil {
		return err
	}
	return install.Serve(ctx, ln, newCopier(f, boot), logger)
}

// listen opens the socket for root alone.
func listen(run string) (net.Listener, error) {
	if err := os.MkdirAll(run, 0o700); err != nil {
		return nil, fmt.Errorf("make run directory: %w", err)
	}
	path := filepath.Join(run, install.SocketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove former socket: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("guard socket: %w", err), ln.Close())
	}
	return ln, nil
}
