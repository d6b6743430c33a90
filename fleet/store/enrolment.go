package store

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// Enrolment is the store as [enroll.Registry]. The zero value is not usable:
// ask [Store.Enrolment].
type Enrolment struct{ s *Store }

var _ enroll.Registry = Enrolment{}

// Enrolment returns the store as the registry that enrolment needs.
func (s *Store) Enrolment() Enrolment { return Enrolment{s} }

// AddToken implements [enroll.Registry].
func (e Enrolment) AddToken(ctx context.Context, t enroll.Token) error {
	return e.s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO enrolment_tokens (tenant, hash, kit, claims, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			t.Tenant, hexHash(t.Hash), t.Kit, t.Claims, millis(e.s.now()), millis(t.Expires))
		return err
	})
}

// Token implements [enroll.Registry].
func (e Enrolment) Token(ctx context.Context, hash enroll.Hash) (enroll.Token, error) {
	t := enroll.Token{Hash: hash}
	var expires int64
	var key string
	err := e.s.r.QueryRowContext(ctx, `SELECT tenant, kit, claims, expires_at, revoked, key_hash, answer FROM enrolment_tokens WHERE hash = $1`, hexHash(hash)).
		Scan(&t.Tenant, &t.Kit, &t.Claims, &expires, &t.Revoked, &key, &t.Answer)
	if err != nil {
		return enroll.Token{}, absent("token", err)
	}
	t.Expires = fromMillis(expires)
	if _, err := hex.Decode(t.Key[:], []byte(key)); err != nil {
		return enroll.Token{}, fmt.Errorf("decode key of token: %w", err)
	}
	return t, nil
}

// Station implements [enroll.Registry].
func (e Enrolment) Station(ctx context.Context, tenant wire.Tenant, id wire.Station) (enroll.Station, error) {
	return enrolled(ctx, e.s.r, tenant, `s.station = $2`, id)
}

// StationByHardware implements [enroll.Registry].
func (e Enrolment) StationByHardware(ctx context.Context, tenant wire.Tenant, kit, hardware string) (enroll.Station, error) {
	return enrolled(ctx, e.s.r, tenant, `s.kit = $2 AND s.hardware = $3 AND s.hardware <> '' ORDER BY s.enrolled_at DESC, s.station LIMIT 1`, kit, hardware)
}

// Certificate implements [enroll.Registry].
func (e Enrolment) Certificate(ctx context.Context, serial string) (enroll.Certificate, error) {
	c := enroll.Certificate{Serial: serial}
	var before, after, revoked, lost int64
	err := e.s.r.QueryRowContext(ctx, `SELECT c.tenant, c.station, c.incarnation, c.not_before, c.not_after, c.revoked_at, s.lost_since
		FROM certificates c JOIN stations s ON s.tenant = c.tenant AND s.station = c.station WHERE c.serial = $1`, serial).
		Scan(&c.Tenant, &c.Station, &c.Incarnation, &before, &after, &revoked, &lost)
	if err != nil {
		return enroll.Certificate{}, absent("certificate", err)
	}
	c.NotBefore, c.NotAfter, c.Revoked = fromMillis(before), fromMillis(after), revoked != 0 || lost != 0
	return c, nil
}

// AddCertificate implements [enroll.Registry].
func (e Enrolment) AddCertificate(ctx context.Context, c enroll.Certificate) error {
	return e.s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		st, err := enrolled(ctx, tx, c.Tenant, `s.station = $2`, c.Station)
		if err != nil {
			return err
		}
		if st.Revoked || st.Incarnation != c.Incarnation {
			return enroll.ErrConflict
		}
		return addCertificate(ctx, tx, c)
	})
}

// Admit implements [enroll.Registry].
func (e Enrolment) Admit(ctx context.Context, a enroll.Admission) error {
	return e.s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := useToken(ctx, tx, a); err != nil {
			return err
		}
		if err := putStation(ctx, tx, a); err != nil {
			return err
		}
		if err := addLedgerKey(ctx, tx, a.Station); err != nil {
			return err
		}
		if err := revokeCertificates(ctx, tx, a.Station.Tenant, a.Station.ID, a.At); err != nil {
			return err
		}
		if err := addCertificate(ctx, tx, a.Certificate); err != nil {
			return err
		}
		if err := dropJobs(ctx, tx, a); err != nil {
			return err
		}
		if _, err := compose(ctx, tx, a.Station.Tenant, stationScope{station: a.Station.ID}); err != nil {
			return err
		}
		return addAudit(ctx, tx, a.Station.Tenant, registry.Audit{At: a.At, Who: "fleetd", What: "station.enrol",
			Object: string(a.Station.ID), Detail: fmt.Sprint(a.Station.Incarnation)})
	})
}

func useToken(ctx context.Context, tx *sql.Tx, a enroll.Admission) error {
	err := one(tx.ExecContext(ctx, `UPDATE enrolment_tokens SET key_hash = $3, answer = $4, used_at = $5, used_by = $6
		WHERE tenant = $1 AND hash = $2 AND revoked = 0 AND key_hash = ''`,
		a.Station.Tenant, hexHash(a.Token), hexHash(a.Key), a.Answer, millis(a.At), a.Station.ID))
	return conflict(err)
}

// putStation adds a first incarnation or moves a known station to the next.
func putStation(ctx context.Context, tx *sql.Tx, a enroll.Admission) error {
	st := a.Station
	if st.Incarnation == 1 {
		return conflict(one(tx.ExecContext(ctx, `INSERT INTO stations (tenant, station, kit, label, role, mode, place, incarnation, hardware, model, enrolled_at)
			SELECT $1, $2, $3, $4, $5, $6, '', 1, $7, $8, $9
			WHERE NOT EXISTS (SELECT 1 FROM stations WHERE tenant = $1 AND station = $2)`,
			st.Tenant, st.ID, st.Kit, firstLabel(st.ID), wire.RoleStation, wire.ModeKiosk, st.Hardware, st.Model, millis(a.At))))
	}
	return conflict(one(tx.ExecContext(ctx, `UPDATE stations SET incarnation = $3, kit = $4, hardware = $5, model = $6, enrolled_at = $7
		WHERE tenant = $1 AND station = $2 AND incarnation = $3 - 1 AND lost_since = 0`,
		st.Tenant, st.ID, int64(st.Incarnation), st.Kit, st.Hardware, st.Model, millis(a.At))))
}

// firstLabel names a station until somebody gives it a better name.
func firstLabel(id wire.Station) string { return "Poste " + string(id[1:5]) }

func addLedgerKey(ctx context.Context, tx *sql.Tx, st enroll.Station) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO ledger_keys (tenant, station, incarnation, public) VALUES ($1, $2, $3, $4)`,
		st.Tenant, st.ID, st.Incarnation, []byte(st.Ledger))
	return err
}

func addCertificate(ctx context.Context, tx *sql.Tx, c enroll.Certificate) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO certificates (tenant, serial, station, incarnation, not_before, not_after) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.Tenant, c.Serial, c.Station, c.Incarnation, millis(c.NotBefore), millis(c.NotAfter))
	return err
}

// revokeCertificates revokes every certificate that a station has so far.
func revokeCertificates(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, id wire.Station, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE certificates SET revoked_at = $3 WHERE tenant = $1 AND station = $2 AND revoked_at = 0`,
		tenant, id, millis(at))
	return err
}

// enrolled reads a station; where follows the tenant as $1 with arguments from $2.
func enrolled(ctx context.Context, q querier, tenant wire.Tenant, where string, args ...any) (enroll.Station, error) {
	st := enroll.Station{Tenant: tenant}
	var lost int64
	var ledger []byte
	err := q.QueryRowContext(ctx, `SELECT s.station, s.incarnation, s.kit, s.hardware, s.model, s.lost_since, l.public
		FROM stations s JOIN ledger_keys l ON l.tenant = s.tenant AND l.station = s.station AND l.incarnation = s.incarnation
		WHERE s.tenant = $1 AND `+where, append([]any{tenant}, args...)...).
		Scan(&st.ID, &st.Incarnation, &st.Kit, &st.Hardware, &st.Model, &lost, &ledger)
	if err != nil {
		return enroll.Station{}, absent("station", err)
	}
	st.Ledger, st.Revoked = ed25519.PublicKey(ledger), lost != 0
	return st, nil
}

func hexHash(h enroll.Hash) string { return hex.EncodeToString(h[:]) }

func absent(what string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = enroll.ErrNotFound
	}
	return fmt.Errorf("read %s: %w", what, err)
}

func conflict(err error) error {
	if errors.Is(err, registry.ErrUnknown) {
		return enroll.ErrConflict
	}
	return err
}
