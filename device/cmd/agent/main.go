// Command agent connects a station to its fleet: it carries up what the outbox
// holds, and brings down what the fleet signed and wants.
//
//	agent --data /perm/kit --run /run/mallette
//
// Before the station is enrolled it waits: for a one-time token in
// <data>/enroll-token, or for another program to enrol the station. It then
// stays connected (device/uplink), keeps the trust folder fresh, renews the
// certificate at half life, sets the clock, measures the station, and tells
// the launcher how things stand in <run>/agent.json. The order "identify" is
// the file <run>/identify for as long as somebody should be able to find the
// machine.
//
// Nobody at a station waits for it: without network or fleet everything else
// goes on. It never writes the outbox, listens on loopback only, and never
// exits with 0, which a gokrazy supervisor would take for "stopped for good".
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// version is set by the linker: -X main.version=…
var version = "dev"

// memory is what the garbage collector aims at.
const memory = 20 << 20

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, errAnswered) {
		return
	}
	if ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
	}
	os.Exit(1)
}

// run is the program, as tests start it too.
func run(ctx context.Context, args []string, out, logTo io.Writer) error {
	f, err := parse(args, os.LookupEnv, out)
	if err != nil {
		return err
	}
	debug.SetMemoryLimit(memory)
	log := slog.New(slog.NewTextHandler(logTo, nil)).With("program", "agent")
	boot, err := appliance(&f)
	if err != nil {
		log.Warn("start not readable", "err", err)
	}
	kept := keepJournal(ctx, f.Data, boot, log)
	defer kept.end()
	a, err := newAgent(f, boot, log)
	if err != nil {
		return err
	}
	kept.tells(a.known)
	return a.run(ctx)
}
