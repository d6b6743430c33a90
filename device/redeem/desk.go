package redeem

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// ErrFull is what a [Ledger] wraps when the disk has no room for a record.
var ErrFull = errors.New("no room for a record")

// ErrUsed is what a [Ledger] wraps when it finds, as it writes, that the pass
// was validated before.
var ErrUsed = errors.New("pass was validated before")

// ErrNoLine says that a row has no such line, or that the line does not allow
// what was asked.
var ErrNoLine = errors.New("no such line")

// Ledger is the station's append-only file of records.
type Ledger interface {
	// Use tells what became of a pass at this station; of one of another
	// issuer, today.
	Use(context.Context, pass.Ref) (Use, error)
	// Append fills in who and where the record is, seals and writes it. When
	// it returns without error the record has reached the disk. It wraps
	// [ErrFull] when there was no room, and [ErrUsed].
	Append(context.Context, pass.Record) (pass.Position, error)
	// Pending returns what the fleet has not stored yet: for each batch, the
	// number of validations.
	Pending(context.Context) (map[Lot]int, error)
}

// Lot names a batch among all issuers.
type Lot struct {
	Issuer pass.Issuer
	Batch  pass.Batch
}

// Clock is the station's idea of time.
type Clock interface {
	Now() (time.Time, pass.Quality)
	Floor() time.Time // it cannot be earlier than this
	Stamp() pass.Stamp
}

// Setting is the open day, as far as a validation needs it.
type Setting struct {
	Open      bool
	Passes    bool // the structure takes passes
	Role      wire.Role
	Structure pass.Structure
	SIRET     string
	Place     string
	Zone      *time.Location
	Service   string
	Posture   pass.Posture
	Card      pass.CardID
	PaperKept bool
	Degraded  int // passes accepted today on a degraded list
}

// Desk validates passes, one at a time. The zero value of its optional fields
// works; its methods are safe for concurrent use.
type Desk struct {
	Ledger Ledger
	Clock  Clock
	Trust  func() Trust // the current snapshot
	Log    *slog.Logger

	mu  sync.Mutex // held from the look into the ledger to the write: the single writer
	row row
}

// Show decides on a code that was scanned or typed, writes what it is worth
// and adds a line to the row.
func (d *Desk) Show(ctx context.Context, s Setting, text string) Line {
	d.mu.Lock()
	defer d.mu.Unlock()
	code, err := pass.Read(text)
	if err != nil {
		return d.row.add(d.line(s, Verdict{Kind: misread(err)}), pass.Code{})
	}
	return d.row.add(d.judge(ctx, s, code, nil), code)
}

// Confirm gives the mediator's words on a line that needs them and decides
// again. The line keeps its place in the row.
func (d *Desk) Confirm(ctx context.Context, s Setting, id int, words []Override) (Line, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	line, code, ok := d.row.waiting(id)
	if !ok || !covers(words, line.Words) {
		return Line{}, ErrNoLine
	}
	return d.row.replace(id, d.judge(ctx, s, code, words), code), nil
}

// Cancel takes a validation back by a counter-record; the pass can be used
// again. It works on a line that wrote a record and on one that was refused
// because this station had validated the pass before.
func (d *Desk) Cancel(ctx context.Context, s Setting, id int) (Line, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	line, ok := d.row.find(id)
	if !ok || !line.Cancellable() {
		return Line{}, ErrNoLine
	}
	at := line.Position
	if line.Kind == AlreadyUsed {
		at = line.Used
	}
	if _, err := d.Ledger.Append(ctx, s.cancellation(d.Clock.Stamp(), at)); err != nil {
		return Line{}, fmt.Errorf("cancel validation: %w", err)
	}
	d.Log.Info("validation cancelled")
	return d.row.cancel(id, at), nil
}

// Count writes the end-of-day count of validated passes and kept papers.
func (d *Desk) Count(ctx context.Context, s Setting, papers pass.Papers) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.Ledger.Append(ctx, s.papers(d.Clock.Stamp(), papers)); err != nil {
		return fmt.Errorf("write paper count: %w", err)
	}
	return nil
}

// Row returns the lines of the row, newest first.
func (d *Desk) Row() []Line {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.row.lines()
}

// Clear forgets the row: the mediator ended it, or mediator mode closed.
func (d *Desk) Clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.row.clear()
}
