// Command launcher is what people see at a station: it serves the pages on
// loopback, keeps the day and the session, validates passes with the mediator,
// and writes the outbox.
//
//	launcher --data /perm/kit --run /run/mallette --listen 127.0.0.1:8080
//
// A station that belongs to no fleet offers its lessons and hides passes; the
// launcher notices by itself when it has been enrolled. It never speaks to a
// network, except once, when somebody enters an enrolment code. It never exits
// with 0, which a gokrazy supervisor would take for "stopped for good".
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/daemon"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// version is set by the linker: -X main.version=…
var version = "dev"

// flags are the command line; each has a variable for those who start many
// programs at once.
type flags struct {
	Data     string           `help:"Data directory of the station." default:"/perm/kit" env:"MALLETTE_STATION_DATA"`
	Run      string           `help:"Run directory, shared by the programs of the station." default:"/run/mallette" env:"MALLETTE_STATION_RUN"`
	Listen   string           `help:"Loopback address of the pages." default:"127.0.0.1:8080" env:"MALLETTE_KIOSK_LISTEN"`
	ListenFD int              `help:"Serve a listener that was opened by the parent program instead." name:"listen-fd" default:"-1"`
	Clock    clock.Mode       `help:"What the host's clock is worth: system or unset." enum:"system,unset" default:"system" env:"MALLETTE_STATION_CLOCK"`
	SetClock bool             `help:"Set the host's clock too; only on an appliance, which owns its host." name:"set-clock" env:"MALLETTE_STATION_SET_CLOCK"`
	Stick    string           `help:"Directory where a USB stick appears; empty: nowhere." env:"MALLETTE_STATION_STICK"`
	Slot     string           `help:"Slot that was started: a, b, or host off the appliance." default:"host" env:"MALLETTE_STATION_SLOT"`
	Version  kong.VersionFlag `help:"Print the version and exit."`
}

var this = daemon.Program{Name: "launcher", About: "The pages of a Mallette station, its day and its validations.", Words: french}

func main() {
	this.Main(run)
}

// run is the program, as tests start it too.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	var f flags
	logger, err := this.Parse(&f, version, args, out, log)
	if err != nil {
		return err
	}
	if boot, err := slot.ReadBoot(slot.BootPath); err == nil {
		f.Slot = string(boot.Slot) // on an appliance the first program knows
	}
	beFrugal()
	p := program{flags: f, log: logger}
	return p.Run(ctx)
}

// french is what a person at a terminal reads when the program ends.
func french(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "launcher : l’adresse des pages est déjà prise par un autre programme. Arrêtez-le, ou choisissez une autre adresse avec --listen (MALLETTE_KIOSK_LISTEN)."
	case errors.Is(err, errNotLoopback):
		return "launcher : les pages ne sont servies que sur cette machine. Choisissez une adresse comme 127.0.0.1:8080 avec --listen."
	case errors.Is(err, os.ErrPermission):
		return "launcher : le dossier des données ou celui de l’exécution n’est pas accessible (--data, --run)."
	case errors.Is(err, errInUse):
		return "launcher : un autre launcher se sert déjà de ce dossier de données."
	}
	return ""
}
