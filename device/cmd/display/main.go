// Command display is the station's screen: it makes a throw-away session with a
// browser in it, tells launcher when the page is there, and ends it without a
// trace when launcher says so.
//
//	display --data /perm/kit --run /run/mallette --owns-machine
//
// It passes the listener of the pages, opened inside the session's own network,
// to launcher over screen.sock (see package device/screen). A browser or
// compositor that ends, however it ends, is replaced by a fresh one. On the
// appliance it also takes the keys away that lead out of the kiosk, and minds
// the power button, the lid and the lamp of the screen. On a machine with
// nothing to draw on it says so, on the console and to launcher, and waits.
//
// display never reads what a session wrote, and never exits with 0, which a
// gokrazy supervisor would take for "stopped for good".
package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/mallette-kit/mallette/device/daemon"
	"github.com/mallette-kit/mallette/device/sandbox"
)

// version is set by the linker: -X main.version=…
var version = "dev"

// flags are the command line; each has a variable for those who start many
// programs at once.
type flags struct {
	Data        string           `help:"Data directory of the station." default:"/perm/kit" env:"MALLETTE_STATION_DATA"`
	Run         string           `help:"Run directory, shared by the programs of the station." default:"/run/mallette" env:"MALLETTE_STATION_RUN"`
	Root        string           `help:"A folder to use as userland instead of the verified image; for development." env:"MALLETTE_DISPLAY_ROOT"`
	Headless    bool             `help:"Draw on a screen that is not there; for development." env:"MALLETTE_DISPLAY_HEADLESS"`
	OwnsMachine bool             `help:"This machine is a station: lock its console and keys, mind its button, lid and lamp." name:"owns-machine" env:"MALLETTE_DISPLAY_OWNS_MACHINE"`
	Version     kong.VersionFlag `help:"Print the version and exit."`
}

var this = daemon.Program{Name: "display", About: "The screen of a Mallette station: one throw-away session after the other.", Words: french}

func main() {
	sandbox.Main()
	this.Main(run)
}

// run is the program, as tests start it too.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	var f flags
	logger, err := this.Parse(&f, version, args, out, log)
	if err != nil {
		return err
	}
	return newDisplay(f, logger).Run(ctx)
}

// french is what a person at a terminal reads when the program ends.
func french(err error) string {
	if errors.Is(err, os.ErrPermission) {
		return "display : il faut les droits de root pour ouvrir une session, et un accès au dossier de l’exécution (--run)."
	}
	return ""
}
