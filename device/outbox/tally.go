package outbox

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Lot names a batch among all issuers.
type Lot struct {
	Issuer pass.Issuer
	Batch  pass.Batch
}

// Head returns the place of the newest record; its Seq is 0 in an empty log.
func (o *Outbox) Head(ctx context.Context) (pass.Position, error) {
	var at pass.Position
	err := o.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		m, err := readMeta(ctx, tx)
		at = pass.Position{Log: m.log, Seq: m.seq}
		return err
	})
	if err != nil {
		return pass.Position{}, fmt.Errorf("read head: %w", err)
	}
	return at, nil
}

// Since counts the validations after a place that still stand, those of other
// issuers included. When the log of that place was set aside since, the whole
// log in use counts too.
func (o *Outbox) Since(ctx context.Context, from pass.Position) (int, error) {
	n := 0
	err := o.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		m, err := readMeta(ctx, tx)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT
			(SELECT count(*) FROM uses WHERE log = $1 AND seq > $2 AND cancelled = 0) +
			(SELECT count(*) FROM uses WHERE log = $3 AND log <> $1 AND cancelled = 0)`,
			from.Log[:], from.Seq, m.log[:]).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count validations: %w", err)
	}
	return n, nil
}

// Unsent counts, for each batch, the validations of the log in use that still
// stand and that ack does not cover.
func (o *Outbox) Unsent(ctx context.Context, ack wire.Ack) (map[Lot]int, error) {
	lots := map[Lot]int{}
	err := o.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		m, err := readMeta(ctx, tx)
		if err != nil {
			return err
		}
		clear(lots)
		return unsent(ctx, tx, Acked(ack, m.log), lots)
	})
	if err != nil {
		return nil, fmt.Errorf("count unsent validations: %w", err)
	}
	return lots, nil
}

func unsent(ctx context.Context, q querier, a wire.LogAck, lots map[Lot]int) error {
	rows, err := q.QueryContext(ctx, `SELECT issuer, batch, count(*) FROM uses
		WHERE log = $1 AND seq > $2 AND cancelled = 0 AND serial IS NOT NULL GROUP BY issuer, batch`, a.Log[:], a.Seq)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var lot Lot
		var n int
		if err := rows.Scan(&lot.Issuer, &lot.Batch, &n); err != nil {
			return err
		}
		lots[lot] = n
	}
	return rows.Err()
}
