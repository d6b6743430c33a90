package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Unbelieved returns logs whose evidence nobody has judged yet.
func (s *Store) Unbelieved(ctx context.Context, limit int) ([]intake.Pending, error) {
	return list(ctx, s.r, func(row rowScanner) (p intake.Pending, err error) {
		var log string
		var hash []byte
		if err := row.Scan(&p.Tenant, &p.Station, &log, &p.Believed, &hash, &p.Acked); err != nil {
			return p, err
		}
		copy(p.Hash[:], hash)
		p.ID, err = pass.ParseLogID(log)
		return p, err
	}, `SELECT tenant, station, log, believed_seq, believed_hash, acked_seq FROM logs WHERE believed_seq < acked_seq LIMIT $1`, limit)
}

// Believe stores what was made of a log's entries, all or nothing.
func (s *Store) Believe(ctx context.Context, b intake.Belief) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, v := range b.Validations {
			if err := addValidation(ctx, tx, b.Log, v); err != nil {
				return err
			}
		}
		for _, v := range b.Papers {
			if err := addPapers(ctx, tx, b.Log, v); err != nil {
				return err
			}
		}
		for _, q := range b.Quarantined {
			if err := s.quarantine(ctx, tx, q); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE logs SET believed_seq = $4, believed_hash = $5 WHERE tenant = $1 AND station = $2 AND log = $3`,
			b.Tenant, b.Station, b.ID.String(), b.Seq, b.Hash[:])
		return wrap(err, "note belief")
	})
}

const insertValidation = `INSERT INTO validations (tenant, station, log, seq, kind, cancels_log, cancels_seq, issuer, batch, serial, key_id,
	foreign_mac, assurance, structure, siret, place, service, posture, card, at, clock, boot, mono, paper_kept, override, keyset_v, status_v, received_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)
	ON CONFLICT (tenant, station, log, seq) DO NOTHING`

func addValidation(ctx context.Context, tx *sql.Tx, log intake.Log, v intake.Validation) error {
	r := v.Record
	ref, cancelled, err := passOf(ctx, tx, log, r)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertValidation, log.Tenant, log.Station, log.ID.String(), r.At.Seq, r.Kind, cancelled.log, cancelled.seq,
		ref.Issuer, ref.Batch, ref.Serial, ref.Key, v.MAC, ref.Assurance, r.Structure, r.SIRET, r.Place, r.Service, r.Posture, r.Card,
		millis(v.At), v.Clock, r.Stamp.Boot, r.Stamp.Mono, flag(r.PaperKept), r.Override, r.Keyset, r.Status, millis(v.Received))
	if err != nil {
		return fmt.Errorf("add validation: %w", err)
	}
	if r.Kind == pass.Validation {
		if err := joinCancellation(ctx, tx, log, r); err != nil {
			return err
		}
	}
	return unsettle(ctx, tx, log.Tenant, ref.Issuer, ref.Serial)
}

// target is what a cancellation cancels, as columns.
type target struct {
	log string
	seq uint64
}

// passOf returns the pass that a record is about; a cancellation's is that of
// the validation it cancels, or none while that is not known.
func passOf(ctx context.Context, tx *sql.Tx, log intake.Log, r pass.Record) (pass.Ref, target, error) {
	if r.Cancels == nil {
		return *r.Pass, target{}, nil
	}
	t := target{r.Cancels.Log.String(), r.Cancels.Seq}
	var ref pass.Ref
	rows, err := tx.QueryContext(ctx, `SELECT issuer, batch, serial, key_id, assurance FROM validations
		WHERE tenant = $1 AND station = $2 AND log = $3 AND seq = $4 AND kind = $5`, log.Tenant, log.Station, t.log, t.seq, pass.Validation)
	if err != nil {
		return ref, t, fmt.Errorf("find cancelled validation: %w", err)
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&ref.Issuer, &ref.Batch, &ref.Serial, &ref.Key, &ref.Assurance)
	}
	return ref, t, wrap(err, "find cancelled validation")
}

// joinCancellation gives a cancellation that came first the pass of its
// validation.
func joinCancellation(ctx context.Context, tx *sql.Tx, log intake.Log, r pass.Record) error {
	_, err := tx.ExecContext(ctx, `UPDATE validations SET issuer = $5, batch = $6, serial = $7, key_id = $8, assurance = $9
		WHERE tenant = $1 AND station = $2 AND cancels_log = $3 AND cancels_seq = $4`,
		log.Tenant, log.Station, log.ID.String(), r.At.Seq, r.Pass.Issuer, r.Pass.Batch, r.Pass.Serial, r.Pass.Key, r.Pass.Assurance)
	return wrap(err, "join cancellation")
}

func addPapers(ctx context.Context, tx *sql.Tx, log intake.Log, v intake.Validation) error {
	r := v.Record
	_, err := tx.ExecContext(ctx, `INSERT INTO papers (tenant, station, log, seq, structure, place, date, validated, kept, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant, station, log, seq) DO NOTHING`,
		log.Tenant, log.Station, log.ID.String(), r.At.Seq, r.Structure, r.Place, r.Papers.Date, r.Papers.Validated, r.Papers.Kept, millis(v.At))
	return wrap(err, "add count of papers")
}

// unsettle notes that settlement must look at a pass. Foreign codes have none.
func unsettle(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, issuer pass.Issuer, serial pass.Serial) error {
	if issuer == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO unsettled (tenant, issuer, serial) VALUES ($1, $2, $3) ON CONFLICT (tenant, issuer, serial) DO NOTHING`,
		tenant, issuer, serial)
	return wrap(err, "note unsettled pass")
}

// Unsettled returns passes with an event that settlement has not seen.
func (s *Store) Unsettled(ctx context.Context, limit int) ([]intake.Unsettled, error) {
	return list(ctx, s.r, func(row rowScanner) (u intake.Unsettled, err error) {
		err = row.Scan(&u.Tenant, &u.Issuer, &u.Serial)
		return u, err
	}, `SELECT tenant, issuer, serial FROM unsettled ORDER BY tenant, issuer, serial LIMIT $1`, limit)
}

// SettlementSeen notes that settlement has looked at a pass since its last event.
func (s *Store) SettlementSeen(ctx context.Context, u intake.Unsettled) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM unsettled WHERE tenant = $1 AND issuer = $2 AND serial = $3`, u.Tenant, u.Issuer, u.Serial)
		return wrap(err, "note settlement")
	})
}
