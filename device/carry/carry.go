// Package carry puts what a station owes its fleet on a stick, for somebody to
// take home: a sealed and signed file for each log, which only the fleet opens.
//
// Nothing leaves the station by it: all stays in the outbox until the fleet says
// by itself that it is stored. A file that never arrives, or arrives twice, costs
// nothing. The package never opens what it carries.
package carry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/device/durable"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// ErrNoRecipient says that nobody has told the station whom to seal to.
var ErrNoRecipient = errors.New("nobody to seal to")

// Ledger reads a log (device/outbox).
type Ledger interface {
	Log(ctx context.Context) (pass.LogID, error)
	Entries(ctx context.Context, from uint64, max int) (uint64, []pass.Entry, error)
	ChangedCounters(ctx context.Context, rev uint64, max int) ([]wire.Counter, error)
}

// Load is what was put on a stick.
type Load struct {
	Records, Counters int
}

// Carrier is a station that puts its logs on sticks.
type Carrier struct {
	Me         *identity.Station
	Recipients []string // whom the fleet seals to
	Now        func() time.Time
	Boots      []wire.BootTime // how old boots are dated
}

// Write puts every log on the stick in the folder, each in the place of what the
// stick had of it. A log without anything is left out.
func (c Carrier) Write(ctx context.Context, stick string, logs []Ledger) (Load, error) {
	var all Load
	recipients, err := age.ParseRecipients(strings.NewReader(strings.Join(c.Recipients, "\n")))
	if err != nil || len(recipients) == 0 {
		return all, fmt.Errorf("carry: %w", ErrNoRecipient)
	}
	for _, l := range logs {
		one, err := c.log(ctx, stick, l, recipients)
		if err != nil {
			return all, fmt.Errorf("carry: %w", err)
		}
		all.Records, all.Counters = all.Records+one.Records, all.Counters+one.Counters
	}
	return all, nil
}

func (c Carrier) log(ctx context.Context, stick string, l Ledger, to []age.Recipient) (load Load, err error) {
	log, err := l.Log(ctx)
	if err != nil {
		return load, err
	}
	if has, err := some(ctx, l); err != nil || !has {
		return load, err
	}
	head := wire.CarryHead{V: 1, Tenant: c.Me.Tenant, Station: c.Me.ID, Incarnation: c.Me.Incarnation, Log: log, Made: c.Now(), Boots: c.Boots}
	err = durable.Carry(stick, wire.CarryFolder, wire.CarryName(c.Me.ID, log), func(file io.Writer) error {
		sealed, err := age.Encrypt(file, to...)
		if err != nil {
			return err
		}
		w, err := wire.NewCarryWriter(sealed, head)
		if err == nil {
			load, err = pour(ctx, w, l, log)
		}
		if err == nil {
			err = w.End(c.Me.Ledger)
		}
		return errors.Join(err, sealed.Close())
	})
	return load, err
}

// some reports whether there is something to carry.
func some(ctx context.Context, l Ledger) (bool, error) {
	_, entries, err := l.Entries(ctx, 1, 1)
	if err != nil || len(entries) > 0 {
		return len(entries) > 0, err
	}
	counters, err := l.ChangedCounters(ctx, 0, 1)
	return len(counters) > 0, err
}

// pour writes all records, then all counters.
func pour(ctx context.Context, w *wire.CarryWriter, l Ledger, log pass.LogID) (load Load, err error) {
	for from := uint64(1); ; {
		first, entries, err := l.Entries(ctx, from, wire.MaxEntries)
		if err != nil {
			return load, err
		}
		if len(entries) == 0 {
			break
		}
		if err := w.Records(&wire.Records{Log: log, First: first, Entries: entries}); err != nil {
			return load, err
		}
		load.Records += len(entries)
		from = first + uint64(len(entries))
	}
	for rev := uint64(0); ; {
		counters, err := l.ChangedCounters(ctx, rev, wire.MaxCounters)
		if err != nil || len(counters) == 0 {
			return load, err
		}
		if err := w.Counters(&wire.Counters{Log: log, Counters: counters}); err != nil {
			return load, err
		}
		load.Counters += len(counters)
		rev = counters[len(counters)-1].Rev
	}
}
