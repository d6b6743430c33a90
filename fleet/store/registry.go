package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// SaveTenant creates or changes an operator; its trust version stays.
func (s *Store) SaveTenant(ctx context.Context, t registry.Tenant, a registry.Audit) ([]registry.Change, error) {
	return s.edit(ctx, t.ID, a, stationScope{}, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO tenants (tenant, name, created_at, contact, demonstration) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tenant) DO UPDATE SET name = excluded.name, contact = excluded.contact, demonstration = excluded.demonstration`,
			t.ID, t.Name, millis(a.At), t.Contact, flag(t.Demonstration))
		return err
	})
}

// trustGroup is how many stations learn of a trust snapshot in one
// transaction, so that messages of stations do not wait for all of them.
const trustGroup = 500

// SaveTrust notes the newest trust snapshot; an older version changes nothing.
// A power cut in the middle leaves some stations to the next call.
func (s *Store) SaveTrust(ctx context.Context, tenant wire.Tenant, version uint64) ([]registry.Change, error) {
	var all []registry.Change
	scope := stationScope{limit: trustGroup}
	for {
		changes, err := s.edit(ctx, tenant, registry.Audit{}, scope, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE tenants SET trust = $2 WHERE tenant = $1 AND trust < $2`, tenant, int64(version))
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("save trust: %w", err)
		}
		all = append(all, changes...)
		scope.after, err = s.groupEnd(ctx, tenant, scope.after)
		if err != nil || scope.after == "" {
			return all, err
		}
	}
}

// groupEnd returns the last of the group of stations that follows one; "" when
// no station is left after the group.
func (s *Store) groupEnd(ctx context.Context, tenant wire.Tenant, after wire.Station) (wire.Station, error) {
	ids, err := list(ctx, s.r, func(row rowScanner) (id wire.Station, err error) {
		err = row.Scan(&id)
		return id, err
	}, `SELECT s.station FROM stations s JOIN kits k ON k.tenant = s.tenant AND k.kit = s.kit
		WHERE s.tenant = $1 AND s.station > $2 ORDER BY s.station LIMIT $3`, tenant, after, trustGroup+1)
	if err != nil || len(ids) <= trustGroup {
		return "", err
	}
	return ids[trustGroup-1], nil
}

// SaveStructure creates or changes a structure.
func (s *Store) SaveStructure(ctx context.Context, tenant wire.Tenant, v registry.Structure, a registry.Audit) ([]registry.Change, error) {
	return s.edit(ctx, tenant, a, stationScope{structure: v.ID}, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO structures (tenant, structure, siret, name, territory, contact, passes) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (tenant, structure) DO UPDATE SET siret = excluded.siret, name = excluded.name,
				territory = excluded.territory, contact = excluded.contact, passes = excluded.passes`,
			tenant, v.ID, v.SIRET, v.Name, v.Territory, v.Contact, flag(v.Passes))
		return err
	})
}

// SavePlace creates or changes a place. A place keeps its structure.
func (s *Store) SavePlace(ctx context.Context, tenant wire.Tenant, v registry.Place, a registry.Audit) ([]registry.Change, error) {
	return s.edit(ctx, tenant, a, stationScope{structure: v.Structure}, func(ctx context.Context, tx *sql.Tx) error {
		if err := mustHave(ctx, tx, `SELECT 1 FROM structures WHERE tenant = $1 AND structure = $2`, tenant, v.Structure); err != nil {
			return fmt.Errorf("structure of place: %w", err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO places (tenant, place, structure, name, commune, insee, zone, itinerant, hours, proxy) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (tenant, place) DO UPDATE SET name = excluded.name, commune = excluded.commune,
				insee = excluded.insee, zone = excluded.zone, itinerant = excluded.itinerant, hours = excluded.hours, proxy = excluded.proxy`,
			tenant, v.ID, v.Structure, v.Name, v.Commune, v.INSEE, v.Zone, flag(v.Itinerant), v.Hours, v.Proxy)
		return err
	})
}

// SaveKit creates or changes a kit; its stations follow it to its structure.
func (s *Store) SaveKit(ctx context.Context, tenant wire.Tenant, v registry.Kit, a registry.Audit) ([]registry.Change, error) {
	return s.edit(ctx, tenant, a, stationScope{kit: v.ID}, func(ctx context.Context, tx *sql.Tx) error {
		if err := mustHave(ctx, tx, `SELECT 1 FROM structures WHERE tenant = $1 AND structure = $2`, tenant, v.Structure); err != nil {
			return fmt.Errorf("structure of kit: %w", err)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO kits (tenant, kit, structure, label) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, kit) DO UPDATE SET structure = excluded.structure, label = excluded.label`,
			tenant, v.ID, v.Structure, v.Label)
		return err
	})
}

// SaveEdit changes what people decide about a station.
func (s *Store) SaveEdit(ctx context.Context, tenant wire.Tenant, id wire.Station, e registry.Edit, a registry.Audit) ([]registry.Change, error) {
	return s.edit(ctx, tenant, a, stationScope{station: id}, func(ctx context.Context, tx *sql.Tx) error {
		if err := mustHave(ctx, tx, `SELECT 1 FROM kits WHERE tenant = $1 AND kit = $2`, tenant, e.Kit); err != nil {
			return fmt.Errorf("kit of station: %w", err)
		}
		return one(tx.ExecContext(ctx, `UPDATE stations SET kit = $3, label = $4, role = $5, mode = $6, place = $7 WHERE tenant = $1 AND station = $2`,
			tenant, id, e.Kit, e.Label, e.Role, e.Mode, e.Place))
	})
}

// SaveLost revokes a station: its certificates are good no more and records
// it made after since are not believed. The earliest time declared stands.
func (s *Store) SaveLost(ctx context.Context, tenant wire.Tenant, id wire.Station, since time.Time, a registry.Audit) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := one(tx.ExecContext(ctx, `UPDATE stations SET online = 0,
			lost_since = CASE WHEN lost_since = 0 OR lost_since > $3 THEN $3 ELSE lost_since END
			WHERE tenant = $1 AND station = $2`, tenant, id, millis(since)))
		if err != nil {
			return err
		}
		if err := revokeCertificates(ctx, tx, tenant, id, a.At); err != nil {
			return err
		}
		return addAudit(ctx, tx, tenant, a)
	})
}

// Tenant returns an operator.
func (s *Store) Tenant(ctx context.Context, tenant wire.Tenant) (registry.Tenant, error) {
	return readTenant(ctx, s.r, tenant)
}

// Structures returns a tenant's structures by name.
func (s *Store) Structures(ctx context.Context, tenant wire.Tenant) ([]registry.Structure, error) {
	return list(ctx, s.r, scanStructure, `SELECT structure, siret, name, territory, contact, passes
		FROM structures WHERE tenant = $1 ORDER BY name, structure`, tenant)
}

// Places returns a tenant's places by name.
func (s *Store) Places(ctx context.Context, tenant wire.Tenant) ([]registry.Place, error) {
	return list(ctx, s.r, scanPlace, placeColumns+` WHERE tenant = $1 ORDER BY name, place`, tenant)
}

// Kits returns a tenant's kits by name.
func (s *Store) Kits(ctx context.Context, tenant wire.Tenant) ([]registry.Kit, error) {
	return list(ctx, s.r, func(row rowScanner) (k registry.Kit, err error) {
		err = row.Scan(&k.ID, &k.Structure, &k.Label)
		return k, err
	}, `SELECT kit, structure, label FROM kits WHERE tenant = $1 ORDER BY kit`, tenant)
}

const placeColumns = `SELECT place, structure, name, commune, insee, zone, itinerant, hours, proxy FROM places`

func scanPlace(row rowScanner) (p registry.Place, err error) {
	err = row.Scan(&p.ID, &p.Structure, &p.Name, &p.Commune, &p.INSEE, &p.Zone, &p.Itinerant, &p.Hours, &p.Proxy)
	return p, err
}

func scanStructure(row rowScanner) (v registry.Structure, err error) {
	err = row.Scan(&v.ID, &v.SIRET, &v.Name, &v.Territory, &v.Contact, &v.Passes)
	return v, err
}

func readTenant(ctx context.Context, q querier, tenant wire.Tenant) (registry.Tenant, error) {
	t := registry.Tenant{ID: tenant}
	err := q.QueryRowContext(ctx, `SELECT name, contact, demonstration, trust FROM tenants WHERE tenant = $1`, tenant).
		Scan(&t.Name, &t.Contact, &t.Demonstration, &t.Trust)
	if err != nil {
		return t, fmt.Errorf("read tenant: %w", unknown(err))
	}
	return t, nil
}
