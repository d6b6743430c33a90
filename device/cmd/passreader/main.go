// Command passreader reads the passes shown to a station: it owns its cameras
// and hand scanners and offers each code, once, on <run>/reader.sock as a line
// of JSON: {"code", "source", "at"}. When a device comes or goes, it offers
// the names of those that are open: {"readers"}.
//
//	passreader --run /run/mallette --scanners /perm/kit/scanners
//	passreader --run run --sim-camera camera --sim-scanner scanner --no-evdev --no-v4l
//
// It parses hostile pixels and is given nothing worth taking: no key, ledger
// or network, no rights once its socket is open (see confine.go), and it
// writes nothing to a disk. Its log holds no code. It never exits 0 once
// started: its supervisor would take that for "stopped for good".
package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"github.com/mallette-kit/mallette/device/daemon"
	"github.com/mallette-kit/mallette/hardware/reader/evdev"
)

// version is set by the linker: -X main.version=…
var version = "dev"

// memory is what the garbage collector aims at; the hard limit is in confine.
const memory = 160 << 20

// command is the command line.
type command struct {
	Run        string           `default:"/run/mallette" env:"MALLETTE_STATION_RUN" placeholder:"DIR" help:"Directory of reader.sock."`
	SimCamera  string           `placeholder:"DIR" help:"A folder that acts as a camera: pictures put into it are shown."`
	SimScanner string           `placeholder:"PIPE" help:"A named pipe that acts as a hand scanner: each line is a code. Made when absent."`
	NoEvdev    bool             `help:"Do not use this machine's hand scanners."`
	NoV4L      bool             `name:"no-v4l" help:"Do not use this machine's cameras."`
	Scanner    []string         `placeholder:"MODEL" help:"A scanner that is not in the table: vendor:product or vendor in hexadecimal, or a part of its name. Repeatable."`
	Scanners   string           `placeholder:"FILE" help:"A file of more such models, one a line; it need not exist."`
	UID        uint32           `default:"65534" name:"uid" help:"User to become when started by root with real devices only; 0 to stay root."`
	GID        uint32           `default:"65534" name:"gid" help:"Group to become."`
	Version    kong.VersionFlag `help:"Print the version and leave."`
}

var this = daemon.Program{Name: "passreader", About: "Reads the passes shown to a station and offers their codes on a socket."}

func main() {
	this.Main(run)
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	var c command
	logger, err := this.Parse(&c, version, args, out, log)
	if err != nil {
		return err
	}
	debug.SetMemoryLimit(memory)
	return c.run(ctx, logger)
}

// run goes through the stages: with the rights it was started with, without
// them, reading.
func (c command) run(ctx context.Context, log *slog.Logger) error {
	if os.Getenv(stageEnv) == "" {
		if err := remember(c.Scanners); err != nil {
			return err
		}
	}
	models, err := c.models(log)
	if err != nil {
		return err
	}
	scanners := evdev.Scanners{Also: models, Log: log}
	switch os.Getenv(stageEnv) {
	case stageRead:
		return c.read(ctx, log, scanners)
	case stageConfine:
		return c.confine()
	}
	ln, err := listen(filepath.Join(c.Run, "reader.sock"))
	if err != nil {
		return err
	}
	if err := c.prepare(); err != nil {
		return err
	}
	if c.drops() {
		return c.guard(ctx, ln, scanners)
	}
	if err := pass(ln, socketEnv); err != nil {
		return err
	}
	return c.confine()
}
