package store

import (
	"context"
	"database/sql"
	"errors"
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
	ref, mac, cancelled, err := passOf(ctx, tx, log, v)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertValidation, log.Tenant, log.Station, log.ID.String(), r.At.Seq, r.Kind, cancelled.log, cancelled.seq,
		ref.Issuer, ref.Batch, ref.Serial, ref.Key, mac, ref.Assurance, r.Structure, r.SIRET, r.Place, r.Service, r.Posture, r.Card,
		millis(v.At), v.Clock, r.Stamp.Boot, r.Stamp.Mono, flag(r.PaperKept), r.Override, r.Keyset, r.Status, millis(v.Received))
	if err != nil {
		return fmt.Errorf("add validation: %w", err)
	}
	if v.At.IsZero() {
		if err := dateLate(ctx, tx, log.Tenant, log.Station, r.Stamp.Boot); err != nil {
			return err
		}
	}
	if r.Kind == pass.Validation {
		if err := joinCancellation(ctx, tx, log, v); err != nil {
			return err
		}
	}
	if mac != "" {
		return settleForeign(ctx, tx, log.Tenant, mac)
	}
	return unsettle(ctx, tx, log.Tenant, ref.Issuer, ref.Serial)
}

// target is what a cancellation cancels, as columns.
type target struct {
	log string
	seq uint64
}

// passOf returns the pass, or the MAC of the foreign code, that a record is
// about; a cancellation's is that of the validation it cancels, or none while
// that is not known.
func passOf(ctx context.Context, tx *sql.Tx, log intake.Log, v intake.Validation) (ref pass.Ref, mac string, t target, err error) {
	if v.Record.Cancels == nil {
		return *v.Record.Pass, v.MAC, target{}, nil
	}
	t = target{v.Record.Cancels.Log.String(), v.Record.Cancels.Seq}
	err = tx.QueryRowContext(ctx, `SELECT issuer, batch, serial, key_id, foreign_mac, assurance FROM validations
		WHERE tenant = $1 AND station = $2 AND log = $3 AND seq = $4 AND kind = $5`, log.Tenant, log.Station, t.log, t.seq, pass.Validation).
		Scan(&ref.Issuer, &ref.Batch, &ref.Serial, &ref.Key, &mac, &ref.Assurance)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return ref, mac, t, wrap(err, "find cancelled validation")
}

// joinCancellation gives a cancellation that came first the pass of its
// validation.
func joinCancellation(ctx context.Context, tx *sql.Tx, log intake.Log, v intake.Validation) error {
	at, ref := v.Record.At, v.Record.Pass
	_, err := tx.ExecContext(ctx, `UPDATE validations SET issuer = $5, batch = $6, serial = $7, key_id = $8, foreign_mac = $9, assurance = $10
		WHERE tenant = $1 AND station = $2 AND cancels_log = $3 AND cancels_seq = $4`,
		log.Tenant, log.Station, log.ID.String(), at.Seq, ref.Issuer, ref.Batch, ref.Serial, ref.Key, v.MAC, ref.Assurance)
	return wrap(err, "join cancellation")
}

// insertPapers counts the validations since the count before it, which are all
// there: a log is believed in its order.
const insertPapers = `INSERT INTO papers (tenant, station, log, seq, structure, place, date, validated, kept, at, since)
	SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, COUNT(*) FROM validations WHERE tenant = $1 AND station = $2 AND log = $3 AND kind = $11 AND seq < $4
		AND seq > COALESCE((SELECT MAX(seq) FROM papers WHERE tenant = $1 AND station = $2 AND log = $3 AND seq < $4), 0)
	ON CONFLICT (tenant, station, log, seq) DO NOTHING`

func addPapers(ctx context.Context, tx *sql.Tx, log intake.Log, v intake.Validation) error {
	r := v.Record
	_, err := tx.ExecContext(ctx, insertPapers, log.Tenant, log.Station, log.ID.String(), r.At.Seq, r.Structure, r.Place,
		r.Papers.Date, r.Papers.Validated, r.Papers.Kept, millis(v.At), pass.Validation)
	return wrap(err, "add count of papers")
}

// settleForeign says what became of the validations of a foreign code, as far
// as the fleet can: it was taken back, it was seen more than once, or nothing
// is against it. Its issuer decides the rest.
func settleForeign(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, mac string) error {
	_, err := tx.ExecContext(ctx, `UPDATE validations SET state = 'annule', reason = '' WHERE tenant = $1 AND foreign_mac = $2
		AND (kind = $3 OR EXISTS (SELECT 1 FROM validations c WHERE c.tenant = validations.tenant AND c.station = validations.station
		AND c.cancels_log = validations.log AND c.cancels_seq = validations.seq))`, tenant, mac, pass.Cancellation)
	if err != nil {
		return fmt.Errorf("settle foreign code: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE validations SET (state, reason) = (
		SELECT CASE WHEN COUNT(*) > 1 THEN 'conflit' ELSE 'recu' END, CASE WHEN COUNT(*) > 1 THEN 'twice' ELSE '' END
		FROM validations o WHERE o.tenant = $1 AND o.foreign_mac = $2 AND o.state <> 'annule')
		WHERE tenant = $1 AND foreign_mac = $2 AND state <> 'annule'`, tenant, mac)
	return wrap(err, "settle foreign code")
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
