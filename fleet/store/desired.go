package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// stationScope says which stations an edit can touch; the zero value: all.
type stationScope struct {
	structure pass.Structure
	kit       string
	station   wire.Station
	after     wire.Station // only stations whose id comes after
	limit     int          // at most so many; 0: all
}

// most is the limit as SQL takes it.
func (s stationScope) most() int {
	if s.limit == 0 {
		return math.MaxInt32
	}
	return s.limit
}

// edit runs do, notes it in the audit log (when it has a what) and composes
// the desired state of the stations in scope, all in one transaction.
func (s *Store) edit(ctx context.Context, tenant wire.Tenant, a registry.Audit, scope stationScope, do func(context.Context, *sql.Tx) error) ([]registry.Change, error) {
	return made(ctx, s, func(ctx context.Context, tx *sql.Tx) ([]registry.Change, error) {
		if err := do(ctx, tx); err != nil {
			return nil, err
		}
		if a.What != "" {
			if err := addAudit(ctx, tx, tenant, a); err != nil {
				return nil, err
			}
		}
		return compose(ctx, tx, tenant, scope)
	})
}

// compose works out the desired state of the stations in scope and stores
// those that changed.
func compose(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, scope stationScope) ([]registry.Change, error) {
	t, err := readTenant(ctx, tx, tenant)
	if err != nil {
		return nil, err
	}
	structures, err := structuresWithPlaces(ctx, tx, tenant, scope.structure)
	if err != nil {
		return nil, err
	}
	stations, err := stationsToCompose(ctx, tx, tenant, scope)
	if err != nil {
		return nil, err
	}
	return composeThese(ctx, tx, t, structures, stations)
}

// composeEach does as compose for stations that have nothing in common.
func composeEach(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, ids []wire.Station) ([]registry.Change, error) {
	t, err := readTenant(ctx, tx, tenant)
	if err != nil {
		return nil, err
	}
	structures, err := structuresWithPlaces(ctx, tx, tenant, 0)
	if err != nil {
		return nil, err
	}
	var stations []registry.Station
	for _, id := range ids {
		st, err := list(ctx, tx, scanToCompose, composeColumns+` WHERE s.tenant = $1 AND s.station = $2`, tenant, id)
		if err != nil {
			return nil, err
		}
		stations = append(stations, st...)
	}
	return composeThese(ctx, tx, t, structures, stations)
}

func composeThese(ctx context.Context, tx *sql.Tx, t registry.Tenant, structures map[pass.Structure]home, stations []registry.Station) ([]registry.Change, error) {
	var changes []registry.Change
	for _, st := range stations {
		home := structures[st.Structure]
		after := registry.Compose(st.Desired, t, home.structure, st, home.places)
		if after.Version == st.Desired.Version {
			continue
		}
		if err := putDesired(ctx, tx, t.ID, st.ID, after); err != nil {
			return nil, err
		}
		changes = append(changes, registry.Change{Station: st.ID, Desired: after})
	}
	return changes, nil
}

type home struct {
	structure registry.Structure
	places    []registry.Place
}

func structuresWithPlaces(ctx context.Context, q querier, tenant wire.Tenant, only pass.Structure) (map[pass.Structure]home, error) {
	structures, err := list(ctx, q, scanStructure, `SELECT structure, siret, name, territory, contact, passes
		FROM structures WHERE tenant = $1 AND ($2 = 0 OR structure = $2)`, tenant, only)
	if err != nil {
		return nil, err
	}
	places, err := list(ctx, q, scanPlace, placeColumns+` WHERE tenant = $1 AND ($2 = 0 OR structure = $2)`, tenant, only)
	if err != nil {
		return nil, err
	}
	homes := make(map[pass.Structure]home, len(structures))
	for _, v := range structures {
		homes[v.ID] = home{structure: v}
	}
	for _, p := range places {
		h := homes[p.Structure]
		h.places = append(h.places, p)
		homes[p.Structure] = h
	}
	return homes, nil
}

const composeColumns = `SELECT s.station, s.kit, s.label, s.role, s.mode, s.place, k.structure, s.base, s.desired
	FROM stations s JOIN kits k ON k.tenant = s.tenant AND k.kit = s.kit`

func scanToCompose(row rowScanner) (st registry.Station, err error) {
	var desired, base string
	if err := row.Scan(&st.ID, &st.Kit, &st.Label, &st.Role, &st.Mode, &st.Place, &st.Structure, &base, &desired); err != nil {
		return st, err
	}
	if st.Base, err = optional[wire.Base](base); err != nil {
		return st, err
	}
	return st, unmarshal(desired, &st.Desired)
}

func stationsToCompose(ctx context.Context, q querier, tenant wire.Tenant, scope stationScope) ([]registry.Station, error) {
	return list(ctx, q, scanToCompose, composeColumns+`
		WHERE s.tenant = $1 AND ($2 = 0 OR k.structure = $2) AND ($3 = '' OR s.kit = $3) AND ($4 = '' OR s.station = $4)
		AND s.station > $5 ORDER BY s.station LIMIT $6`,
		tenant, scope.structure, scope.kit, scope.station, scope.after, scope.most())
}

func putDesired(ctx context.Context, tx *sql.Tx, tenant wire.Tenant, id wire.Station, d wire.Desired) error {
	body, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode desired state: %w", err)
	}
	return one(tx.ExecContext(ctx, `UPDATE stations SET desired = $3, desired_version = $4 WHERE tenant = $1 AND station = $2`,
		tenant, id, string(body), int64(d.Version)))
}

// Desired returns the state that a station should reach.
func (s *Store) Desired(ctx context.Context, tenant wire.Tenant, id wire.Station) (wire.Desired, error) {
	var d wire.Desired
	var body string
	err := s.r.QueryRowContext(ctx, `SELECT desired FROM stations WHERE tenant = $1 AND station = $2`, tenant, id).Scan(&body)
	if err != nil {
		return d, fmt.Errorf("read desired state: %w", unknown(err))
	}
	return d, unmarshal(body, &d)
}

// unmarshal reads a stored message; an empty one leaves v as it is.
func unmarshal(body string, v any) error {
	if body == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(body), v); err != nil {
		return fmt.Errorf("decode stored message: %w", err)
	}
	return nil
}
