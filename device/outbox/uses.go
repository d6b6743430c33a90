package outbox

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// Use is what this station knows of a pass it validated: where, and whether
// the validation was cancelled since. There is no time and no place in it.
type Use struct {
	At        pass.Position
	Cancelled bool
}

// Used returns the last use of the pass at this station, in this log or one
// before it, and whether there was any. A pass of another issuer is remembered
// in memory only, until [Outbox.ClosePeriods] ends the day or the program ends.
func (o *Outbox) Used(ctx context.Context, ref pass.Ref) (Use, bool, error) {
	if ref.Assurance == pass.ForeignRead {
		use, ok := o.foreign.find(ref.Foreign)
		return use, ok, nil
	}
	var use Use
	var found bool
	err := o.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		use, found, err = lastUse(ctx, tx, ref)
		return err
	})
	if err != nil {
		return Use{}, false, fmt.Errorf("look up pass: %w", err)
	}
	return use, found, nil
}

// lastUse prefers a use that still stands over one that was cancelled.
func lastUse(ctx context.Context, q querier, ref pass.Ref) (Use, bool, error) {
	var log []byte
	var use Use
	err := q.QueryRowContext(ctx, `SELECT log, seq, cancelled FROM uses
		WHERE issuer = $1 AND batch = $2 AND serial = $3 ORDER BY cancelled, seq DESC LIMIT 1`,
		ref.Issuer, ref.Batch, ref.Serial).Scan(&log, &use.At.Seq, &use.Cancelled)
	if errors.Is(err, sql.ErrNoRows) {
		return Use{}, false, nil
	}
	if err != nil {
		return Use{}, false, err
	}
	copy(use.At.Log[:], log)
	return use, true, nil
}

// markUse notes in the list of used passes what record r states.
func (o *Outbox) markUse(ctx context.Context, tx *sql.Tx, r pass.Record) error {
	switch {
	case r.Kind == pass.Validation && r.Pass != nil:
		return o.spend(ctx, tx, *r.Pass, r.At)
	case r.Kind == pass.Cancellation && r.Cancels != nil:
		return cancelUse(ctx, tx, *r.Cancels)
	}
	return nil
}

func (o *Outbox) spend(ctx context.Context, tx *sql.Tx, ref pass.Ref, at pass.Position) error {
	if ref.Assurance == pass.ForeignRead {
		if use, ok := o.foreign.find(ref.Foreign); ok && !use.Cancelled {
			return ErrUsed
		}
		return insertUse(ctx, tx, usedPass{at: at})
	}
	use, found, err := lastUse(ctx, tx, ref)
	if err != nil {
		return fmt.Errorf("look up pass: %w", err)
	}
	if found && !use.Cancelled {
		return ErrUsed
	}
	return insertUse(ctx, tx, usedPass{at: at,
		issuer: nullable(uint64(ref.Issuer)), batch: nullable(uint64(ref.Batch)), serial: nullable(uint64(ref.Serial))})
}

// usedPass is one row of the list.
type usedPass struct {
	at                    pass.Position
	issuer, batch, serial sql.NullInt64
	cancelled             bool
}

func (u usedPass) sum() int64 {
	return sum(u.at.Log[:], u.at.Seq, u.issuer, u.batch, u.serial, u.cancelled)
}

func nullable(n uint64) sql.NullInt64 { return sql.NullInt64{Int64: int64(n), Valid: true} }

func insertUse(ctx context.Context, tx *sql.Tx, u usedPass) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO uses (log, seq, issuer, batch, serial, cancelled, sum)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		u.at.Log[:], u.at.Seq, u.issuer, u.batch, u.serial, u.cancelled, u.sum())
	if err != nil {
		return fmt.Errorf("mark pass: %w", err)
	}
	return nil
}

func cancelUse(ctx context.Context, tx *sql.Tx, at pass.Position) error {
	u := usedPass{at: at, cancelled: true}
	err := tx.QueryRowContext(ctx, `SELECT issuer, batch, serial FROM uses WHERE log = $1 AND seq = $2 AND cancelled = 0`,
		at.Log[:], at.Seq).Scan(&u.issuer, &u.batch, &u.serial)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotUsed
	}
	if err != nil {
		return fmt.Errorf("look up validation: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE uses SET cancelled = 1, sum = $3 WHERE log = $1 AND seq = $2`, at.Log[:], at.Seq, u.sum())
	if err != nil {
		return fmt.Errorf("free pass: %w", err)
	}
	return nil
}

func scanUses(rows *sql.Rows, each func(usedPass) error) error {
	defer rows.Close()
	for rows.Next() {
		var u usedPass
		var log []byte
		var got int64
		if err := rows.Scan(&log, &u.at.Seq, &u.issuer, &u.batch, &u.serial, &u.cancelled, &got); err != nil {
			return err
		}
		copy(u.at.Log[:], log)
		if got != u.sum() {
			return errDamaged
		}
		if err := each(u); err != nil {
			return err
		}
	}
	return rows.Err()
}

// foreignUses remembers codes of other issuers for the day, as keyed hashes:
// the code itself exists only sealed.
type foreignUses struct {
	mu   sync.Mutex
	key  []byte
	uses map[[sha256.Size]byte]Use
}

func newForeignUses() *foreignUses {
	f := &foreignUses{key: make([]byte, 32), uses: map[[sha256.Size]byte]Use{}}
	rand.Read(f.key) // never fails
	return f
}

func (f *foreignUses) hash(code string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, f.key)
	h.Write([]byte(code))
	h.Sum(sum[:0])
	return sum
}

func (f *foreignUses) find(code string) (Use, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	use, ok := f.uses[f.hash(code)]
	return use, ok
}

// note takes over what an appended record says.
func (f *foreignUses) note(r pass.Record, at pass.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Kind == pass.Validation && r.Pass != nil && r.Pass.Assurance == pass.ForeignRead {
		f.uses[f.hash(r.Pass.Foreign)] = Use{At: at}
	}
	if r.Kind != pass.Cancellation || r.Cancels == nil {
		return
	}
	for key, use := range f.uses {
		if use.At == *r.Cancels {
			f.uses[key] = Use{At: use.At, Cancelled: true}
		}
	}
}

func (f *foreignUses) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.uses)
}
