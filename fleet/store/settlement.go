package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// waiting is a pass that the rule has to look at.
type waiting struct {
	tenant wire.Tenant
	issuer pass.Issuer
	serial pass.Serial
}

// SettleWaiting implements mint.Store. Reading a pass's events, judging them
// and forgetting that it waited are one change: an event that comes meanwhile
// waits for the next.
func (s *Store) SettleWaiting(ctx context.Context, limit int, rule func(wire.Tenant, []mint.Claim) []mint.Outcome) (int, []wire.Tenant, error) {
	g, err := made(ctx, s, func(ctx context.Context, tx *sql.Tx) (settled, error) { return s.settleWaiting(ctx, tx, limit, rule) })
	return g.passes, g.changed, err
}

// settled is what became of a group of passes.
type settled struct {
	passes  int
	changed []wire.Tenant
}

func (s *Store) settleWaiting(ctx context.Context, tx *sql.Tx, limit int, rule func(wire.Tenant, []mint.Claim) []mint.Outcome) (settled, error) {
	passes, err := list(ctx, tx, func(row rowScanner) (w waiting, err error) {
		err = row.Scan(&w.tenant, &w.issuer, &w.serial)
		return w, err
	}, `SELECT tenant, issuer, serial FROM unsettled LIMIT $1`, limit)
	if err != nil {
		return settled{}, fmt.Errorf("list unsettled passes: %w", err)
	}
	g := settled{passes: len(passes)}
	for _, w := range passes {
		moved, err := s.settlePass(ctx, tx, w, rule)
		if err != nil {
			return g, err
		}
		if moved && !slices.Contains(g.changed, w.tenant) {
			g.changed = append(g.changed, w.tenant)
		}
	}
	return g, nil
}

func (s *Store) settlePass(ctx context.Context, tx *sql.Tx, w waiting, rule func(wire.Tenant, []mint.Claim) []mint.Outcome) (moved bool, err error) {
	claims, old, err := claimsOf(ctx, tx, w)
	if err != nil {
		return false, err
	}
	for i, o := range rule(w.tenant, claims) {
		if o == old[i] {
			continue
		}
		moved = true
		c := claims[i]
		_, err := tx.ExecContext(ctx, `UPDATE validations SET state = $5, reason = $6, settled_at = $7
			WHERE tenant = $1 AND station = $2 AND log = $3 AND seq = $4`,
			w.tenant, c.Station, c.At.Log.String(), c.At.Seq, o.State, o.Reason, millis(s.now()))
		if err != nil {
			return false, fmt.Errorf("keep outcome: %w", err)
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM unsettled WHERE tenant = $1 AND issuer = $2 AND serial = $3`, w.tenant, w.issuer, w.serial)
	return moved, wrap(err, "note settlement")
}

// claimsOf returns every event of a pass, and what became of each so far.
func claimsOf(ctx context.Context, tx *sql.Tx, w waiting) ([]mint.Claim, []mint.Outcome, error) {
	var outcomes []mint.Outcome
	claims, err := list(ctx, tx, func(row rowScanner) (mint.Claim, error) {
		c, o, err := scanClaim(row)
		outcomes = append(outcomes, o)
		return c, err
	}, `SELECT v.station, v.log, v.seq, v.kind, v.cancels_log, v.cancels_seq, v.issuer, v.batch, v.serial, v.structure, v.service, v.at, v.clock,
		v.paper_kept, v.received_at, v.decision, v.statement, v.state, v.reason, COALESCE(p.zone, '')
		FROM validations v LEFT JOIN places p ON p.tenant = v.tenant AND p.place = v.place
		WHERE v.tenant = $1 AND v.issuer = $2 AND v.serial = $3 ORDER BY v.station, v.log, v.seq`, w.tenant, w.issuer, w.serial)
	return claims, outcomes, wrap(err, "list events of a pass")
}

func scanClaim(row rowScanner) (c mint.Claim, o mint.Outcome, err error) {
	var log, cancelsLog string
	var kind pass.RecordKind
	var cancelsSeq uint64
	var at, received int64
	err = row.Scan(&c.Station, &log, &c.At.Seq, &kind, &cancelsLog, &cancelsSeq, &c.Issuer, &c.Batch, &c.Serial, &c.Structure, &c.Service,
		&at, &c.Clock, &c.PaperKept, &received, &c.Decision, &c.Statement, &o.State, &o.Reason, &c.Zone)
	if err != nil {
		return c, o, err
	}
	c.Wall, c.Received = fromMillis(at), fromMillis(received)
	if c.At.Log, err = pass.ParseLogID(log); err != nil || kind != pass.Cancellation {
		return c, o, err
	}
	c.Cancels = &pass.Position{Seq: cancelsSeq}
	c.Cancels.Log, err = pass.ParseLogID(cancelsLog)
	return c, o, err
}

// Decide implements mint.Store.
func (s *Store) Decide(ctx context.Context, tenant wire.Tenant, station wire.Station, at pass.Position, d mint.Decision) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE validations SET decision = $5
			WHERE tenant = $1 AND station = $2 AND log = $3 AND seq = $4 AND kind = $6 AND issuer > 0 AND statement = 0`,
			tenant, station, at.Log.String(), at.Seq, d, pass.Validation)
		if err != nil {
			return fmt.Errorf("keep decision: %w", err)
		}
		if err := changedOne(res, mint.ErrUnknown); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO unsettled (tenant, issuer, serial) SELECT tenant, issuer, serial FROM validations
			WHERE tenant = $1 AND station = $2 AND log = $3 AND seq = $4 ON CONFLICT (tenant, issuer, serial) DO NOTHING`,
			tenant, station, at.Log.String(), at.Seq)
		return wrap(err, "look at pass again")
	})
}

// owed is what the rule gives to be paid. A pass with an event that the rule
// has not seen, perhaps a cancellation, waits for the next statement.
const owed = ` WHERE tenant = $1 AND structure = $2 AND kind = $3 AND state = $4 AND statement = 0 AND received_at < $5
	AND EXISTS (SELECT 1 FROM batches b WHERE b.tenant = validations.tenant AND b.issuer = validations.issuer AND b.batch = validations.batch)
	AND NOT EXISTS (SELECT 1 FROM unsettled u WHERE u.tenant = validations.tenant AND u.issuer = validations.issuer AND u.serial = validations.serial)`

// CloseStatement implements mint.Store.
func (s *Store) CloseStatement(ctx context.Context, tenant wire.Tenant, c mint.Closing) (mint.Statement, error) {
	return made(ctx, s, func(ctx context.Context, tx *sql.Tx) (st mint.Statement, err error) {
		st = mint.Statement{Structure: c.Structure, Period: c.Period, Closed: c.At}
		args := []any{tenant, c.Structure, pass.Validation, mint.Provisional, millis(c.Before)}
		if st.Lines, err = sumOwed(ctx, tx, args); err != nil {
			return st, err
		}
		if len(st.Lines) == 0 {
			return st, mint.ErrNothingOwed
		}
		if st.Number, err = take(ctx, tx, tenant, countStatements, 1); err != nil {
			return st, err
		}
		if err := insertStatement(ctx, tx, tenant, st); err != nil {
			return st, err
		}
		return st, settleOwed(ctx, tx, args, st.Number, millis(c.At))
	})
}

// sumOwed sums what is owed by batch. A specimen is worth nothing.
func sumOwed(ctx context.Context, tx *sql.Tx, args []any) ([]mint.StatementLine, error) {
	lines, err := list(ctx, tx, func(row rowScanner) (l mint.StatementLine, err error) {
		err = row.Scan(&l.Issuer, &l.Batch, &l.Passes, &l.FaceValue)
		return l, err
	}, `SELECT o.issuer, o.batch, o.passes, CASE WHEN b.specimen = 1 THEN 0 ELSE b.face_value END
		FROM (SELECT tenant, issuer, batch, COUNT(*) AS passes FROM validations`+owed+` GROUP BY tenant, issuer, batch) o
		JOIN batches b ON b.tenant = o.tenant AND b.issuer = o.issuer AND b.batch = o.batch ORDER BY o.issuer, o.batch`, args...)
	return lines, wrap(err, "sum what is owed")
}

func insertStatement(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, st mint.Statement) error {
	lines, err := json.Marshal(st.Lines)
	if err != nil {
		return fmt.Errorf("add statement: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO statements (tenant, number, structure, period, closed_at, lines) VALUES ($1, $2, $3, $4, $5, $6)`,
		tenant, st.Number, st.Structure, st.Period, millis(st.Closed), string(lines))
	return wrap(err, "add statement")
}

// settleOwed pays what sumOwed summed; rivals of the same passes are looked at
// again.
func settleOwed(ctx context.Context, tx *sql.Tx, args []any, number uint64, at int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE validations SET statement = $6, state = $7, reason = '', settled_at = $8`+owed,
		append(slices.Clone(args), number, mint.Settled, at)...)
	if err != nil {
		return fmt.Errorf("settle what is owed: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO unsettled (tenant, issuer, serial) SELECT DISTINCT tenant, issuer, serial FROM validations
		WHERE tenant = $1 AND structure = $2 AND statement = $3 ON CONFLICT (tenant, issuer, serial) DO NOTHING`, args[0], args[1], number)
	return wrap(err, "look at rivals")
}

const selectStatement = `SELECT number, structure, period, closed_at, lines FROM statements WHERE tenant = $1`

func scanStatement(row rowScanner) (st mint.Statement, err error) {
	var closed int64
	var lines string
	if err := row.Scan(&st.Number, &st.Structure, &st.Period, &closed, &lines); err != nil {
		return st, err
	}
	st.Closed = fromMillis(closed)
	return st, json.Unmarshal([]byte(lines), &st.Lines)
}

// Statements implements mint.Store.
func (s *Store) Statements(ctx context.Context, tenant wire.Tenant) ([]mint.Statement, error) {
	all, err := list(ctx, s.r, scanStatement, selectStatement+` ORDER BY number`, tenant)
	return all, wrap(err, "list statements")
}

// Statement implements mint.Store.
func (s *Store) Statement(ctx context.Context, tenant wire.Tenant, number uint64) (mint.Statement, error) {
	st, err := scanStatement(s.r.QueryRowContext(ctx, selectStatement+` AND number = $2`, tenant, number))
	return st, unminted(err, "read statement")
}
