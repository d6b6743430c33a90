package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/wire"
)

type stationLogs struct {
	ID   wire.Station  `arg:"" help:"Identifiant du poste."`
	Out  string        `help:"Fichier à créer (.jsonl.gz) ; sans lui, le journal s'affiche." short:"o" placeholder:"FICHIER"`
	Wait time.Duration `help:"Temps d'attente. L'ordre reste donné : le journal viendra dans la console." default:"2m"`
}

// logsPoll is how often the server is asked whether the journal has come.
const logsPoll = time.Second

// Why a station's journal is not there.
var (
	errLogsLate  = errors.New("journal has not come yet")
	errLogsEmpty = errors.New("station kept no journal")
	errLogsNone  = errors.New("station did not send its journal")
)

// Run orders the journal and waits for it.
func (c *stationLogs) Run(d *desk) error {
	job, err := d.admin.OrderLogs(d.ctx, d.tenant, c.ID)
	if err != nil {
		return err
	}
	packed, err := c.await(d, job)
	if err != nil {
		return err
	}
	if c.Out == "" {
		return printJournal(d.out, packed)
	}
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(packed)
	return errors.Join(err, f.Close())
}

func (c *stationLogs) await(d *desk, job string) ([]byte, error) {
	late := time.After(c.Wait)
	for {
		a, err := d.admin.Journal(d.ctx, admin.JournalQuestion{Tenant: d.tenant, ID: c.ID, Job: job})
		switch {
		case err != nil:
			return nil, err
		case a.Status == "done":
			return a.Packed, nil
		case a.Reason == wire.ReasonEmpty:
			return nil, errLogsEmpty
		case a.Over:
			return nil, errLogsNone
		}
		select {
		case <-time.After(logsPoll):
		case <-late:
			return nil, errLogsLate
		case <-d.ctx.Done():
			return nil, d.ctx.Err()
		}
	}
}

// printJournal writes a line for each line, as programs wrote them.
func printJournal(out io.Writer, packed []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	return wire.ReadJournal(z, func(l wire.JournalLine) bool {
		if s := l.Start; s != nil {
			fmt.Fprintf(out, "== démarrage %s, version %s, emplacement %s%s\n", s.Boot, s.Release, s.Slot, onTrial(s.Trial))
			return true
		}
		at := l.At.Format(time.RFC3339)
		if l.At.IsZero() {
			at = fmt.Sprintf("+%.3fs", l.Up)
		}
		fmt.Fprintf(out, "%s %-10s %-5s %s %s\n", at, l.Program, cmp.Or(l.Level, "-"), l.Message, l.Detail)
		return true
	})
}

func onTrial(trial bool) string {
	if trial {
		return ", à l'essai"
	}
	return ""
}
