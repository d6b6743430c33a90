// Package outbox keeps what a station owes the fleet until the fleet says that
// it is stored: records of passes, usage counters, and the list of passes used
// here. One SQLite file (WAL, synchronous FULL) in the station's data folder.
//
// The launcher alone opens it with [Open]: it appends, counts, prunes and
// repairs. Every other program reads with [OpenReader] and keeps its own
// cursor. [Outbox.Append] returns after the record is on the disk, sealed to
// the fleet, linked to the one before and signed; a power cut at any byte
// leaves all that was confirmed and nothing half-written.
//
// A file that is damaged, or that belongs to another identity, is renamed to
// outbox-*.aside and a new log begins under a new random id, so that nothing
// new is mistaken for a replay. What can still be read of the old file is read
// by the same [Reader].
//
// The package never decides whether a pass is accepted, never opens a network
// connection, and never writes a pass number beside a time or a place.
package outbox

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// FileName is the outbox's name in the station's data folder.
const FileName = "outbox.db"

// Schema names the format of the file, as announced in [wire.Hello].
const Schema = "outbox/1"

// opTime bounds one write; the disk of a station that takes longer is broken.
const opTime = 20 * time.Second

// Errors that a caller branches on.
var (
	// ErrFull says that the disk or the outbox's quota is full. Nothing was
	// written and what was there before is intact.
	ErrFull = errors.New("no space left for the outbox")
	// ErrInUse says that another program writes this outbox.
	ErrInUse = errors.New("outbox is open in another program")
	// ErrNoLedger says that the station has no ledger key: it was never enrolled.
	ErrNoLedger = errors.New("station has no ledger")
	// ErrNoRecipient says that the fleet's sealing keys are not known yet.
	ErrNoRecipient = errors.New("no recipient to seal records to")
	// ErrUsed says that the pass was validated here before and not cancelled.
	ErrUsed = errors.New("pass already used at this station")
	// ErrNotUsed says that a cancellation names no validation of this station,
	// or one that was cancelled before.
	ErrNotUsed = errors.New("nothing to cancel")
)

// Writer says who writes an outbox and how much room it may take.
type Writer struct {
	Tenant    wire.Tenant
	Station   wire.Station
	LedgerKey ed25519.PrivateKey // nil before enrolment: counters only
	// Recipients returns the fleet's age recipients. It is called for each
	// record and must be safe for concurrent use; nil means none.
	Recipients func() []string
	Limits     Limits
}

// Limits bounds the file. The zero value means the defaults.
type Limits struct {
	Quota   int64 // bytes the file may take; 0: 64 MiB
	Reserve int64 // bytes kept free inside the file, for records only; 0: 4 MiB
}

func (l Limits) withDefaults() Limits {
	if l.Quota == 0 {
		l.Quota = 64 << 20
	}
	if l.Reserve == 0 {
		l.Reserve = 4 << 20
	}
	return l
}

// Report says what [Open], and any repair since, found.
type Report struct {
	Log   pass.LogID // the log in use
	Fresh bool       // the log began with this opening or repair
	Aside []Aside    // files set aside since the outbox was opened, oldest first
}

// Outbox is the writer's side. It is safe for concurrent use; calls take turns.
type Outbox struct {
	path   string
	writer Writer
	lock   *os.File

	mu      sync.Mutex
	db      *sql.DB
	report  Report
	foreign *foreignUses
}

// Open opens the outbox at path, or begins one. A file that cannot be trusted
// is set aside and reported. It fails with [ErrInUse] or [ErrFull]; the caller
// closes the result.
func Open(ctx context.Context, path string, w Writer) (*Outbox, Report, error) {
	w.Limits = w.Limits.withDefaults()
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, Report{}, fmt.Errorf("open outbox: %w", err)
	}
	o := &Outbox{path: path, writer: w, lock: lock, foreign: newForeignUses()}
	if err := o.start(ctx); err != nil {
		return nil, Report{}, errors.Join(fmt.Errorf("open outbox: %w", kind(err)), o.Close())
	}
	return o, o.report, nil
}

// start brings the file to a state that can be trusted.
func (o *Outbox) start(ctx context.Context) error {
	if err := finishMoves(filepath.Dir(o.path)); err != nil {
		return err
	}
	reason, err := o.openChecked(ctx)
	if err != nil {
		return err
	}
	if reason != "" {
		return o.setAside(ctx, reason)
	}
	return nil
}

// Report returns what was found so far, with files set aside since [Open].
func (o *Outbox) Report() Report {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.report
	r.Aside = append([]Aside(nil), o.report.Aside...)
	return r
}

// Close releases the file. The outbox is not usable afterwards.
func (o *Outbox) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var err error
	if o.db != nil {
		err = o.db.Close()
		o.db = nil
	}
	return errors.Join(err, o.lock.Close())
}

// write runs do in one transaction that is on the disk when write returns nil.
// A file found damaged on the way is set aside and do runs again on the new log.
func (o *Outbox) write(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// A commit that was started is not interrupted by a page that was closed.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTime)
	defer cancel()
	o.mu.Lock()
	defer o.mu.Unlock()
	err := o.transact(ctx, do)
	if !isDamage(err) {
		return kind(err)
	}
	if err := o.setAside(ctx, ReasonDamaged); err != nil {
		return kind(err)
	}
	return kind(o.transact(ctx, do))
}

func (o *Outbox) transact(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	if o.db == nil {
		return os.ErrClosed
	}
	tx, err := o.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	if err := do(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}
