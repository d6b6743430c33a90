package store

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// SetOnline notes that a station's connection began or ended. The end of an
// older session than the one noted changes nothing.
func (s *Store) SetOnline(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.State, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE stations SET online = $3, session = $4, last_seen = $5
			WHERE tenant = $1 AND station = $2 AND session <= $4`, tenant, id, flag(m.Online), int64(m.Session), millis(at))
		return err
	})
}

// SaveHello stores what a station said it is.
func (s *Store) SaveHello(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.Hello, at time.Time) error {
	return s.heard(ctx, m, `UPDATE stations SET hello = $3, last_seen = $4, release = $5 WHERE tenant = $1 AND station = $2`,
		tenant, id, millis(at), m.Release)
}

// SaveTelemetry stores a health sample, which is then the latest.
func (s *Store) SaveTelemetry(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.Telemetry, at time.Time) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO telemetry (tenant, station, at, sample) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, station, at) DO UPDATE SET sample = excluded.sample`, tenant, id, millis(at), string(body))
		if err != nil {
			return fmt.Errorf("keep sample: %w", err)
		}
		return one(tx.ExecContext(ctx, `UPDATE stations SET telemetry = $3, last_seen = $4, telemetry_at = $4, pending = $5
			WHERE tenant = $1 AND station = $2`, tenant, id, string(body), millis(at), int64(m.OutboxPending)))
	})
}

// SaveReported stores the state that a station has reached.
func (s *Store) SaveReported(ctx context.Context, tenant wire.Tenant, id wire.Station, m wire.Reported, at time.Time) error {
	var base []byte
	if m.Base != nil {
		var err error
		if base, err = json.Marshal(m.Base); err != nil {
			return fmt.Errorf("encode message: %w", err)
		}
	}
	return s.heard(ctx, m, `UPDATE stations SET reported = $3, last_seen = $4, reported_at = $4, reached = $5, base_state = $6 WHERE tenant = $1 AND station = $2`,
		tenant, id, millis(at), int64(m.Version), string(base))
}

// heard runs an update whose $3 is the message as JSON.
func (s *Store) heard(ctx context.Context, m any, query string, tenant wire.Tenant, id wire.Station, rest ...any) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return one(tx.ExecContext(ctx, query, append([]any{tenant, id, string(body)}, rest...)...))
	})
}

// AllOffline notes that no station is connected, as is true when the server starts.
func (s *Store) AllOffline(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE stations SET online = 0 WHERE online <> 0`)
		return err
	})
}

// StationKeys implements mint.Store.
func (s *Store) StationKeys(ctx context.Context, tenant wire.Tenant) ([]ed25519.PublicKey, error) {
	keys, err := list(ctx, s.r, func(row rowScanner) (key ed25519.PublicKey, err error) { return key, row.Scan((*[]byte)(&key)) },
		`SELECT k.public FROM ledger_keys k JOIN stations s ON s.tenant = k.tenant AND s.station = k.station
		WHERE k.tenant = $1 AND s.lost_since = 0 ORDER BY k.station, k.incarnation`, tenant)
	return keys, wrap(err, "list keys of stations")
}

// LedgerKeys returns the public keys of every incarnation of a station.
func (s *Store) LedgerKeys(ctx context.Context, tenant wire.Tenant, id wire.Station) (map[uint32]ed25519.PublicKey, error) {
	type key struct {
		incarnation uint32
		public      []byte
	}
	rows, err := list(ctx, s.r, func(row rowScanner) (k key, err error) {
		err = row.Scan(&k.incarnation, &k.public)
		return k, err
	}, `SELECT incarnation, public FROM ledger_keys WHERE tenant = $1 AND station = $2`, tenant, id)
	if err != nil {
		return nil, fmt.Errorf("read ledger keys: %w", err)
	}
	keys := make(map[uint32]ed25519.PublicKey, len(rows))
	for _, k := range rows {
		keys[k.incarnation] = k.public
	}
	return keys, nil
}

// LostSince returns when a station was declared lost; zero: it was not.
func (s *Store) LostSince(ctx context.Context, tenant wire.Tenant, id wire.Station) (time.Time, error) {
	var lost int64
	err := s.r.QueryRowContext(ctx, `SELECT lost_since FROM stations WHERE tenant = $1 AND station = $2`, tenant, id).Scan(&lost)
	if err != nil {
		return time.Time{}, fmt.Errorf("read station: %w", unknown(err))
	}
	return fromMillis(lost), nil
}

// Certificates returns what a station was given, newest first.
func (s *Store) Certificates(ctx context.Context, tenant wire.Tenant, id wire.Station) ([]registry.Certificate, error) {
	return list(ctx, s.r, func(row rowScanner) (c registry.Certificate, err error) {
		var after, revoked int64
		err = row.Scan(&c.Serial, &c.Incarnation, &after, &revoked)
		c.NotAfter, c.RevokedAt = fromMillis(after), fromMillis(revoked)
		return c, err
	}, `SELECT serial, incarnation, not_after, revoked_at FROM certificates WHERE tenant = $1 AND station = $2 ORDER BY not_after DESC`, tenant, id)
}

// Tokens returns a tenant's enrolment tokens, newest first.
func (s *Store) Tokens(ctx context.Context, tenant wire.Tenant) ([]registry.Token, error) {
	return list(ctx, s.r, func(row rowScanner) (t registry.Token, err error) {
		var created, expires, used int64
		err = row.Scan(&t.Hash, &t.Kit, &t.Claims, &created, &expires, &t.Revoked, &used, &t.UsedBy)
		t.Created, t.Expires, t.Used = fromMillis(created), fromMillis(expires), fromMillis(used)
		return t, err
	}, `SELECT hash, kit, claims, created_at, expires_at, revoked, used_at, used_by FROM enrolment_tokens
		WHERE tenant = $1 ORDER BY created_at DESC, hash LIMIT 200`, tenant)
}

// RevokeToken makes an unused token useless.
func (s *Store) RevokeToken(ctx context.Context, tenant wire.Tenant, hash string, a registry.Audit) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := one(tx.ExecContext(ctx, `UPDATE enrolment_tokens SET revoked = 1 WHERE tenant = $1 AND hash = $2 AND key_hash = ''`, tenant, hash))
		if err != nil {
			return fmt.Errorf("revoke token: %w", err)
		}
		return addAudit(ctx, tx, tenant, a)
	})
}
