// Package carry puts what a station owes its fleet on a stick, for somebody to
// take home: a sealed and signed file or more for each log, which only the fleet opens.
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

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
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
	Most       int64           // bytes of a file before the next is begun; 0: what the fleet takes
}

// Write puts every log on the stick in the folder, each in the place of what the
// stick had of it, in as many files as the fleet takes it by. A log without
// anything is left out.
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
	p := pouring{from: l, log: log, next: 1, most: c.Most}
	if p.most == 0 {
		p.most = wire.MaxCarry - room
	}
	for part := 1; !p.empty; part++ {
		err := durable.Carry(stick, wire.CarryFolder, wire.CarryName(c.Me.ID, log, part), func(file io.Writer) error {
			return c.part(ctx, file, head, to, &p)
		})
		if err != nil {
			return p.load, err
		}
	}
	return p.load, nil
}

// room is what may follow the line that fills a file: one more, and the signature.
const room = 2 * wire.MaxPayload

func (c Carrier) part(ctx context.Context, file io.Writer, head wire.CarryHead, to []age.Recipient, p *pouring) error {
	sealed, err := age.Encrypt(file, to...)
	if err != nil {
		return err
	}
	w, err := wire.NewCarryWriter(sealed, head)
	if err == nil {
		err = p.pour(ctx, w)
	}
	if err == nil {
		err = w.End(c.Me.Ledger)
	}
	return errors.Join(err, sealed.Close())
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

// pouring is a log on its way to a stick: all records, then all counters.
type pouring struct {
	from  Ledger
	log   pass.LogID
	next  uint64 // record
	rev   uint64 // of the last counter
	most  int64
	load  Load
	dry   bool // of records
	empty bool
}

// pour fills a file, with one message at least.
func (p *pouring) pour(ctx context.Context, w *wire.CarryWriter) error {
	for begun := w.Written(); !p.empty && (w.Written() == begun || w.Written() < p.most); {
		step := p.records
		if p.dry {
			step = p.counters
		}
		if err := step(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

func (p *pouring) records(ctx context.Context, w *wire.CarryWriter) error {
	first, entries, err := p.from.Entries(ctx, p.next, wire.MaxEntries)
	if err != nil || len(entries) == 0 {
		p.dry = err == nil
		return err
	}
	p.load.Records += len(entries)
	p.next = first + uint64(len(entries))
	return w.Records(&wire.Records{Log: p.log, First: first, Entries: entries})
}

func (p *pouring) counters(ctx context.Context, w *wire.CarryWriter) error {
	counters, err := p.from.ChangedCounters(ctx, p.rev, wire.MaxCounters)
	if err != nil || len(counters) == 0 {
		p.empty = err == nil
		return err
	}
	p.load.Counters += len(counters)
	p.rev = counters[len(counters)-1].Rev
	return w.Counters(&wire.Counters{Log: p.log, Counters: counters})
}
