package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// KeepAfterAck is how long data stays after the fleet said it is stored: a
// fleet restored from a backup of this age still gets everything.
const KeepAfterAck = 45 * 24 * time.Hour

// ReadAck returns the agent's cursor as its file (uplink.json) holds it: what
// the fleet said it has stored. A missing file is a zero Ack.
func ReadAck(path string) (wire.Ack, error) {
	var file struct {
		Ack wire.Ack `json:"ack"`
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return wire.Ack{}, nil
	}
	if err != nil {
		return wire.Ack{}, fmt.Errorf("read cursor: %w", err)
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return wire.Ack{}, errors.New("read cursor: not JSON")
	}
	return file.Ack, nil
}

// Acked returns the part of a that covers log, zero if none does.
func Acked(a wire.Ack, log pass.LogID) wire.LogAck {
	for _, l := range a.Logs {
		if l.Log == log {
			return l
		}
	}
	return wire.LogAck{Log: log}
}

// Prune notes what the fleet has stored by now and removes records and
// counters that it had stored [KeepAfterAck] before now; a counter without a
// date stays, because it may grow for ever. An ack that went back
// (the fleet was restored) starts their time again. Call it now and then, and
// only when the clock is set. Files set aside are [Outbox.PruneAside]'s.
func (o *Outbox) Prune(ctx context.Context, ack wire.Ack, now time.Time) error {
	err := o.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		m, err := readMeta(ctx, tx)
		if err != nil {
			return err
		}
		covered := Acked(ack, m.log)
		covered.Seq, covered.Rev = min(covered.Seq, m.seq), min(covered.Rev, m.rev)
		if err := noteAck(ctx, tx, covered, now); err != nil {
			return err
		}
		return removeCovered(ctx, tx, now.Add(-KeepAfterAck))
	})
	if err != nil {
		return fmt.Errorf("prune outbox: %w", err)
	}
	if err := o.keepReserve(ctx); err != nil && !isFull(err) {
		return fmt.Errorf("prune outbox: %w", err)
	}
	return nil
}

func noteAck(ctx context.Context, tx *sql.Tx, a wire.LogAck, now time.Time) error {
	steps := []struct {
		query string
		args  []any
	}{
		{`DELETE FROM acks WHERE seq > $1 OR rev > $2`, []any{a.Seq, a.Rev}},
		{`INSERT INTO acks (at, seq, rev) SELECT $1, $2, $3
			WHERE NOT EXISTS (SELECT 1 FROM acks WHERE seq = $2 AND rev = $3)`, []any{now.Unix(), a.Seq, a.Rev}},
	}
	for _, s := range steps {
		if _, err := tx.ExecContext(ctx, s.query, s.args...); err != nil {
			return fmt.Errorf("note ack: %w", err)
		}
	}
	return nil
}

func removeCovered(ctx context.Context, tx *sql.Tx, before time.Time) error {
	var seq, rev sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT max(seq), max(rev) FROM acks WHERE at <= $1`, before.Unix()).Scan(&seq, &rev)
	if err != nil || !seq.Valid {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM entries WHERE seq <= $1`, seq.Int64); err != nil {
		return fmt.Errorf("remove entries: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM counters WHERE rev > 0 AND rev <= $1 AND period <> ''`, rev.Int64); err != nil {
		return fmt.Errorf("remove counters: %w", err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM acks WHERE at <= $1 AND seq < $2`, before.Unix(), seq.Int64)
	return err
}

// Pending is what waits for the fleet.
type Pending struct {
	Records  uint64 `json:"records"`  // records that the fleet has not said it stored
	Counters uint64 `json:"counters"` // changed counters of closed periods, likewise
	Open     uint64 `json:"open"`     // counters of periods still open
}

// Pending counts what ack does not cover in the log in use.
func (o *Outbox) Pending(ctx context.Context, ack wire.Ack) (Pending, error) {
	var p Pending
	err := o.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		p, err = pending(ctx, tx, ack)
		return err
	})
	if err != nil {
		return Pending{}, fmt.Errorf("count pending: %w", err)
	}
	return p, nil
}

func pending(ctx context.Context, q querier, ack wire.Ack) (Pending, error) {
	m, err := readMeta(ctx, q)
	if err != nil {
		return Pending{}, err
	}
	a := Acked(ack, m.log)
	var p Pending
	err = q.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM entries WHERE seq > $1),
		(SELECT count(*) FROM counters WHERE rev > $2),
		(SELECT count(*) FROM counters WHERE rev = 0)`, a.Seq, a.Rev).Scan(&p.Records, &p.Counters, &p.Open)
	return p, err
}
