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
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err == nil {
		return // nothing to install from
	}
	if ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "installer:", err)
	}
	os.Exit(1)
}

// run is the program, as tests start it too. It returns nil where there is
// nothing to install from.
func run(ctx context.Context, args []string, out, logTo io.Writer) error {
	var f flags
	parser, err := kong.New(&f, kong.Name("installer"), kong.Writers(out, logTo), kong.Vars{"version": version, "boot": slot.BootPath},
		kong.Description("Installs a live stick of Mallette on a disk of the machine."))
	if err != nil {
		return fmt.Errorf("read flags: %w", err)
	}
	if _, err := parser.Parse(args); err != nil {
		return fmt.Errorf("read flags: %w", err)
	}
	log := slog.New(slog.NewTextHandler(logTo, nil)).With("program", "installer")
	boot, err := slot.ReadBoot(f.Boot)
	if errors.Is(err, slot.ErrHosted) || err == nil && !boot.Live {
		log.Info("nothing to install from")
		return nil
	}
	if err != nil {
		return err
	}
	ln, err := listen(f.Run)
	if err != nil {
		return err
	}
	return install.Serve(ctx, ln, newCopier(f, boot), log)
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
