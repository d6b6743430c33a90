package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/wire"
)

var _ people.Store = (*Store)(nil)

const personColumns = `p.tenant, p.login, p.name, p.role, p.structure, p.territory, p.must_change, p.disabled, p.created_at, p.last_login`

// SavePerson adds a person, who cannot sign in before [Store.SetPassword], or
// changes one.
func (s *Store) SavePerson(ctx context.Context, p people.Person) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO people (tenant, login, name, role, structure, territory, password, must_change, disabled, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, '', 1, $7, $8)
			ON CONFLICT (tenant, login) DO UPDATE SET name = excluded.name, role = excluded.role, structure = excluded.structure,
				territory = excluded.territory, disabled = excluded.disabled`,
			p.Tenant, p.Login, p.Name, p.Role, p.Structure, p.Territory, flag(p.Disabled), millis(p.Created))
		return err
	})
}

// SetPassword stores the hash of a password.
func (s *Store) SetPassword(ctx context.Context, tenant wire.Tenant, login, hash string, mustChange bool) error {
	return s.change(ctx, `UPDATE people SET password = $3, must_change = $4 WHERE tenant = $1 AND login = $2`,
		tenant, login, hash, flag(mustChange))
}

// PersonByLogin returns a person and the hash of their password.
func (s *Store) PersonByLogin(ctx context.Context, login string) (people.Person, string, error) {
	var hash string
	p, err := scanPerson(s.r.QueryRowContext(ctx, `SELECT `+personColumns+`, p.password FROM people p WHERE p.login = $1`, login), &hash)
	return p, hash, err
}

// People returns a tenant's people by login.
func (s *Store) People(ctx context.Context, tenant wire.Tenant) ([]people.Person, error) {
	return list(ctx, s.r, func(row rowScanner) (people.Person, error) { return scanPerson(row) },
		`SELECT `+personColumns+` FROM people p WHERE p.tenant = $1 ORDER BY p.login`, tenant)
}

// AddSession stores a session, notes the sign-in and drops sessions that are over.
func (s *Store) AddSession(ctx context.Context, v people.Session) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO web_sessions (tenant, hash, login, created_at, seen_at) VALUES ($1, $2, $3, $4, $5)`,
			v.Tenant, v.Hash, v.Login, millis(v.Created), millis(v.Seen))
		if err != nil {
			return fmt.Errorf("add session: %w", err)
		}
		if _, err = tx.ExecContext(ctx, `DELETE FROM web_sessions WHERE created_at < $1`, millis(v.Created.Add(-people.Life))); err != nil {
			return fmt.Errorf("drop old sessions: %w", err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE people SET last_login = $3 WHERE tenant = $1 AND login = $2`, v.Tenant, v.Login, millis(v.Created))
		return err
	})
}

// Session returns a session and whose it is.
func (s *Store) Session(ctx context.Context, hash string) (people.Session, people.Person, error) {
	v := people.Session{Hash: hash}
	var created, seen int64
	p, err := scanPerson(s.r.QueryRowContext(ctx, `SELECT `+personColumns+`, w.created_at, w.seen_at
		FROM web_sessions w JOIN people p ON p.tenant = w.tenant AND p.login = w.login WHERE w.hash = $1`, hash), &created, &seen)
	v.Tenant, v.Login, v.Created, v.Seen = p.Tenant, p.Login, fromMillis(created), fromMillis(seen)
	return v, p, err
}

// TouchSession notes that a session was used.
func (s *Store) TouchSession(ctx context.Context, hash string, at time.Time) error {
	return ignoreMissing(s.change(ctx, `UPDATE web_sessions SET seen_at = $2 WHERE hash = $1`, hash, millis(at)))
}

// EndSession ends one session; an unknown one is already over.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	return ignoreMissing(s.change(ctx, `DELETE FROM web_sessions WHERE hash = $1`, hash))
}

// EndSessionsOf signs a person out everywhere.
func (s *Store) EndSessionsOf(ctx context.Context, tenant wire.Tenant, login string) error {
	return ignoreMissing(s.change(ctx, `DELETE FROM web_sessions WHERE tenant = $1 AND login = $2`, tenant, login))
}

// change runs one statement about people and sessions.
func (s *Store) change(ctx context.Context, query string, args ...any) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(people.ErrUnknown, err)
		}
		return nil
	})
}

func ignoreMissing(err error) error {
	if errors.Is(err, people.ErrUnknown) {
		return nil
	}
	return err
}

func scanPerson(row rowScanner, more ...any) (people.Person, error) {
	var p people.Person
	var created, last int64
	err := row.Scan(append([]any{&p.Tenant, &p.Login, &p.Name, &p.Role, &p.Structure, &p.Territory, &p.MustChange, &p.Disabled, &created, &last}, more...)...)
	if errors.Is(err, sql.ErrNoRows) {
		err = people.ErrUnknown
	}
	if err != nil {
		return people.Person{}, fmt.Errorf("read person: %w", err)
	}
	p.Created, p.LastLogin = fromMillis(created), fromMillis(last)
	return p, nil
}
