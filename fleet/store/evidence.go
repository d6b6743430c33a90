package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const (
	insertEvidence = `INSERT INTO evidence (tenant, station, log, seq, line, sig, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, station, log, seq) DO NOTHING`
	selectLog = `SELECT acked_seq, highest_seq, gap_since FROM logs WHERE tenant = $1 AND station = $2 AND log = $3`
	insertLog = `INSERT INTO logs (tenant, station, log, incarnation, first_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, station, log) DO NOTHING`
	updateLog = `UPDATE logs SET acked_seq = $4, highest_seq = $5, gap_since = $6
		WHERE tenant = $1 AND station = $2 AND log = $3`
)

// logState is how far a log is stored.
type logState struct {
	acked, highest uint64
	gapSince       int64
}

// AddEvidence implements [intake.Store].
func (s *Store) AddEvidence(ctx context.Context, tenant wire.Tenant, id wire.Station, incarnation uint32, m wire.Records) error {
	log := intake.Log{Tenant: tenant, Station: id, ID: m.Log}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		state, err := s.openLog(ctx, tx, log, incarnation)
		if err != nil {
			return err
		}
		for i, e := range m.Entries {
			if err := s.addEntry(ctx, tx, log, m.First+uint64(i), e); err != nil {
				return err
			}
		}
		return s.advance(ctx, tx, log, state, m.First, m.First+uint64(len(m.Entries))-1)
	})
}

// openLog reads where a log stands and makes its row when it is new.
func (s *Store) openLog(ctx context.Context, tx *sql.Tx, log intake.Log, incarnation uint32) (st logState, err error) {
	err = s.queryRow(ctx, tx, selectLog, log.Tenant, log.Station, log.ID.String()).Scan(&st.acked, &st.highest, &st.gapSince)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return st, wrap(err, "read log")
	}
	_, err = s.exec(ctx, tx, insertLog, log.Tenant, log.Station, log.ID.String(), incarnation, s.now().UnixMilli())
	return st, wrap(err, "add log")
}

func (s *Store) addEntry(ctx context.Context, tx *sql.Tx, log intake.Log, seq uint64, e pass.Entry) error {
	res, err := s.exec(ctx, tx, insertEvidence, log.Tenant, log.Station, log.ID.String(), seq, e.Line, e.Sig, s.now().UnixMilli())
	if err != nil {
		return fmt.Errorf("add evidence: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return wrap(err, "add evidence")
	}
	return s.compare(ctx, tx, log, seq, e)
}

// compare quarantines an entry whose place another one has.
func (s *Store) compare(ctx context.Context, tx *sql.Tx, log intake.Log, seq uint64, e pass.Entry) error {
	var line string
	var sig []byte
	err := tx.QueryRowContext(ctx, `SELECT line, sig FROM evidence WHERE tenant = $1 AND station = $2 AND log = $3 AND seq = $4`,
		log.Tenant, log.Station, log.ID.String(), seq).Scan(&line, &sig)
	if err != nil {
		return fmt.Errorf("compare evidence: %w", err)
	}
	if line == e.Line && bytes.Equal(sig, e.Sig) {
		return nil
	}
	return s.quarantine(ctx, tx, intake.Quarantined{
		Tenant: log.Tenant, Station: log.Station, Kind: wire.KindRecords, Alarm: intake.AlarmJournal,
		Log: log.ID, Seq: seq, Payload: append([]byte(e.Line+"\n"), e.Sig...),
	})
}

// advance notes what first to last add to a log: up to where it has no gap,
// and since when it has one.
func (s *Store) advance(ctx context.Context, tx *sql.Tx, log intake.Log, st logState, first, last uint64) error {
	before := st
	if first <= st.acked+1 {
		st.acked = max(st.acked, last)
	}
	st.highest = max(st.highest, last)
	if st.highest > st.acked && first <= before.acked+1 {
		var err error
		if st.acked, err = contiguous(ctx, tx, log, st.acked); err != nil {
			return err
		}
	}
	switch {
	case st.acked == st.highest:
		st.gapSince = 0
	case st.gapSince == 0:
		st.gapSince = s.now().UnixMilli()
	}
	if st == before {
		return nil
	}
	_, err := s.exec(ctx, tx, updateLog, log.Tenant, log.Station, log.ID.String(), st.acked, st.highest, st.gapSince)
	if err != nil || before.gapSince == 0 || st.gapSince != 0 {
		return wrap(err, "advance log")
	}
	return clearAlarm(ctx, tx, log, intake.AlarmGap, s.now())
}

// contiguous returns the last number of the run that begins after seq.
func contiguous(ctx context.Context, tx *sql.Tx, log intake.Log, seq uint64) (uint64, error) {
	rows, err := tx.QueryContext(ctx, `SELECT seq FROM evidence WHERE tenant = $1 AND station = $2 AND log = $3 AND seq > $4 ORDER BY seq`,
		log.Tenant, log.Station, log.ID.String(), seq)
	if err != nil {
		return seq, fmt.Errorf("close gap: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var next uint64
		if err := rows.Scan(&next); err != nil {
			return seq, fmt.Errorf("close gap: %w", err)
		}
		if next != seq+1 {
			break
		}
		seq = next
	}
	return seq, wrap(rows.Err(), "close gap")
}

// Evidence returns the entries of a log after seq, at most limit.
func (s *Store) Evidence(ctx context.Context, log intake.Log, after uint64, limit int) ([]intake.Evidence, error) {
	return list(ctx, s.r, func(row rowScanner) (e intake.Evidence, err error) {
		var received int64
		err = row.Scan(&e.Seq, &e.Entry.Line, &e.Entry.Sig, &received)
		e.Received = fromMillis(received)
		return e, err
	}, `SELECT seq, line, sig, received_at FROM evidence
		WHERE tenant = $1 AND station = $2 AND log = $3 AND seq > $4 ORDER BY seq LIMIT $5`,
		log.Tenant, log.Station, log.ID.String(), after, limit)
}

// Acks implements [intake.Store]. It reads a snapshot of its own: what it
// returns is committed.
func (s *Store) Acks(ctx context.Context, tenant wire.Tenant, id wire.Station) ([]wire.LogAck, error) {
	return list(ctx, s.r, func(row rowScanner) (a wire.LogAck, err error) {
		var log string
		if err := row.Scan(&log, &a.Seq, &a.Rev); err != nil {
			return a, err
		}
		a.Log, err = pass.ParseLogID(log)
		return a, err
	}, `SELECT log, acked_seq, counter_rev FROM logs WHERE tenant = $1 AND station = $2 ORDER BY first_at DESC, log LIMIT 256`, tenant, id)
}

// LastingGaps returns the logs that have missed entries since before a time
// and raises an alarm for each.
func (s *Store) LastingGaps(ctx context.Context, before time.Time) ([]intake.Log, error) {
	logs, err := list(ctx, s.r, scanLog, `SELECT tenant, station, log FROM logs
		WHERE gap_since > 0 AND gap_since < $1 ORDER BY tenant, station, log LIMIT 1000`, millis(before))
	if err != nil || len(logs) == 0 {
		return logs, err
	}
	return logs, s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, l := range logs {
			if err := s.raise(ctx, tx, l, 0, intake.AlarmGap); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanLog(row rowScanner) (l intake.Log, err error) {
	var log string
	if err := row.Scan(&l.Tenant, &l.Station, &log); err != nil {
		return l, err
	}
	l.ID, err = pass.ParseLogID(log)
	return l, err
}

// wrap says what was being done when err is not nil.
func wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
