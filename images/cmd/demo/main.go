// Command demo shows Mallette on one machine: a fleet server and a station with
// simulated hardware, the real programs of build/bin, with invented data that
// says everywhere that it is a demonstration.
//
// It goes on from the same state the next time, prints the addresses to open,
// follows what the programs say, and stops all of them on Ctrl-C. The
// variables MALLETTE_DEMO and MALLETTE_*_PORT move its folder and its ports.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/mallette-kit/mallette/images/stage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "démonstration :", sentence(err))
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	p, err := ports(os.LookupEnv)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(or(os.Getenv("MALLETTE_DEMO"), filepath.Join("build", "demo")))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	d := newDemo(dir, p)
	defer d.stop()
	if err := d.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	d.welcome()
	return d.follow(ctx)
}

// demo is what runs.
type demo struct {
	dir     string
	fleet   *stage.Fleet
	station *stage.Station
	seeded  stage.Seeded
	log     *ribbon
}

func newDemo(dir string, p portList) *demo {
	bin := or(os.Getenv("MALLETTE_BIN"), filepath.Join("build", "bin"))
	log := &ribbon{out: os.Stdout}
	return &demo{
		dir: dir, log: log,
		fleet: &stage.Fleet{
			Bin: bin, Data: filepath.Join(dir, "fleet"), Listen: p.at("fleet"), Console: p.at("console"), Metrics: p.at("metrics"),
			Log: log.of("fleetd"),
		},
		station: &stage.Station{Bin: bin, Dir: filepath.Join(dir, "station"), Listen: p.at("kiosk"), Log: log.of},
	}
}

func (d *demo) start(ctx context.Context) error {
	if !d.fleet.Exists() {
		if err := d.create(ctx); err != nil {
			return err
		}
	}
	if err := d.fleet.Start(ctx); err != nil {
		return err
	}
	seeded, err := stage.Seed(ctx, d.fleet.Admin(), time.Now())
	if err != nil {
		return err
	}
	d.seeded = seeded
	if err := d.papers(ctx); err != nil {
		return err
	}
	if err := d.station.Start(ctx); err != nil {
		return err
	}
	return d.join(ctx)
}

// create makes the server's data and keeps the console's one-time password
// beside it, for the operator only: it is of no use once it has been changed.
func (d *demo) create(ctx context.Context) error {
	password, err := d.fleet.Init(ctx, stage.Tenant, "Démonstration")
	if err != nil {
		return err
	}
	return os.WriteFile(d.passwordFile(), []byte(password+"\n"), 0o600)
}

func (d *demo) passwordFile() string { return filepath.Join(d.dir, "console-password") }

// join enrols the station on the first start.
func (d *demo) join(ctx context.Context) error {
	if d.station.Enrolled() {
		return nil
	}
	token, err := d.fleet.Admin().IssueToken(ctx, stage.DemoToken())
	if err != nil {
		return err
	}
	if err := d.station.Enrol(token); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	_, err = stage.Settle(limited, d.fleet.Admin())
	return err
}

// follow waits for Ctrl-C or for the end of a program that should not end.
func (d *demo) follow(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-d.fleet.Done():
	case <-d.station.Reader.Done():
	case <-d.station.Launcher.Done():
	case <-d.station.Agent.Done():
	}
	return errStopped
}

// errStopped says that a program ended by itself.
var errStopped = errors.New("a program ended")

func (d *demo) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := d.station.Stop(ctx)
	if d.fleet.Program != nil {
		err = errors.Join(err, d.fleet.Stop(ctx))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "démonstration : un programme a dû être arrêté de force.")
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
