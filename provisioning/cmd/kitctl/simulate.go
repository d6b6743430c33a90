package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
)

type simulateCommand struct {
	Stations int           `help:"Nombre de postes." default:"100"`
	Records  int           `help:"Enregistrements par poste." default:"10"`
	Kit      string        `required:"" help:"Mallette des postes simulés."`
	Limit    time.Duration `help:"Durée maximale de toute la simulation." default:"10m"`
}

// Bounds of a simulation: it shares a machine with the server it tries.
const (
	maxStations = 10_000
	maxRecords  = 10_000
	atOnce      = 64 // stations that enrol or connect at the same time
)

// Run enrols the stations, lets each connect and send its records, waits until
// the fleet says that it stored them, and prints what it saw.
func (c *simulateCommand) Run(d *desk) error {
	ctx, cancel := context.WithTimeout(d.ctx, c.Limit)
	defer cancel()
	dir, err := os.MkdirTemp("", "mallette-simulate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	crowd := &crowd{dir: dir, records: min(c.Records, maxRecords), token: func(ctx context.Context) (string, error) {
		return d.admin.IssueToken(ctx, admin.TokenOrder{Tenant: d.tenant, Kit: c.Kit, Life: time.Hour})
	}}
	defer crowd.close()
	start := time.Now()
	err = crowd.run(ctx, min(c.Stations, maxStations))
	t := crowd.tally()
	fmt.Fprintf(d.out, "postes        %d enrôlés, %d connectés\n", t.enrolled, t.connected)
	fmt.Fprintf(d.out, "envoyés       %d\nacquittés     %d (PUBACK)\nstockés       %d (d/ack)\n", t.sent, t.acknowledged, t.stored)
	fmt.Fprintf(d.out, "durée         %s\n", time.Since(start).Round(time.Millisecond))
	if err != nil {
		return err
	}
	if t.stored != t.sent {
		return errMissing
	}
	return nil
}
