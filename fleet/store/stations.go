package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const stationColumns = `SELECT s.station, s.kit, s.label, s.role, s.mode, s.place, COALESCE(k.structure, 0), s.incarnation, s.hardware, s.model,
	s.enrolled_at, s.lost_since, s.last_seen, s.online, s.session, s.hello, s.telemetry, s.telemetry_at, s.reported, s.reported_at, s.desired, s.base
	FROM stations s LEFT JOIN kits k ON k.tenant = s.tenant AND k.kit = s.kit
	LEFT JOIN structures o ON o.tenant = k.tenant AND o.structure = k.structure`

// Stations returns the page of stations that q asks for, and how many match.
func (s *Store) Stations(ctx context.Context, tenant wire.Tenant, q registry.Query) ([]registry.Station, int, error) {
	where, args := stationWhere(tenant, q)
	var total int
	count := `SELECT COUNT(*) FROM stations s LEFT JOIN kits k ON k.tenant = s.tenant AND k.kit = s.kit
		LEFT JOIN structures o ON o.tenant = k.tenant AND o.structure = k.structure` + where
	if err := s.r.QueryRowContext(ctx, count, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count stations: %w", err)
	}
	limit := q.Limit
	if limit == 0 {
		limit = total
	}
	page := fmt.Sprintf(" LIMIT $%d OFFSET $%d", len(args)+1, len(args)+2)
	list, err := list(ctx, s.r, scanStation, stationColumns+where+stationOrder(q)+page, append(args, limit, q.Offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list stations: %w", err)
	}
	return list, total, nil
}

// Station returns one station.
func (s *Store) Station(ctx context.Context, tenant wire.Tenant, id wire.Station) (registry.Station, error) {
	st, err := scanStation(s.r.QueryRowContext(ctx, stationColumns+` WHERE s.tenant = $1 AND s.station = $2`, tenant, id))
	if err != nil {
		return st, fmt.Errorf("read station: %w", unknown(err))
	}
	return st, nil
}

func stationWhere(tenant wire.Tenant, q registry.Query) (string, []any) {
	where, args := []string{"s.tenant = $1"}, []any{tenant}
	add := func(clause string, arg any) {
		args = append(args, arg)
		where = append(where, strings.ReplaceAll(clause, "?", fmt.Sprintf("$%d", len(args))))
	}
	if q.Structure != 0 {
		add("k.structure = ?", q.Structure)
	}
	if q.Territory != "" {
		add("o.territory = ?", q.Territory)
	}
	if q.Kit != "" {
		add("s.kit = ?", q.Kit)
	}
	if q.Place != "" {
		add("s.place = ?", q.Place)
	}
	if q.Text != "" {
		add(`(LOWER(s.label) LIKE ? ESCAPE '\' OR s.station LIKE ? ESCAPE '\' OR s.kit LIKE ? ESCAPE '\' OR s.place LIKE ? ESCAPE '\')`, like(q.Text))
	}
	where = append(where, stateClause(q.State))
	return " WHERE " + strings.Join(where, " AND "), args
}

func stateClause(state registry.State) string {
	switch state {
	case registry.Online:
		return "s.online = 1"
	case registry.Offline:
		return "s.online = 0 AND s.lost_since = 0"
	case registry.Pending:
		return "s.pending > 0"
	case registry.Behind:
		return "s.reached <> s.desired_version AND s.lost_since = 0"
	case registry.Missing:
		return "s.lost_since > 0"
	}
	return "1 = 1"
}

func stationOrder(q registry.Query) string {
	columns := map[string]string{"label": "s.label", "kit": "s.kit", "place": "s.place",
		"seen": "s.last_seen", "release": "s.release", "pending": "s.pending"}
	column, ok := columns[q.Sort]
	if !ok {
		column = "s.label"
	}
	if q.Desc {
		column += " DESC"
	}
	return " ORDER BY " + column + ", s.station"
}

// like makes a pattern that finds text anywhere, with its wildcards harmless.
func like(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text)) + "%"
}

func scanStation(row rowScanner) (st registry.Station, err error) {
	var enrolled, lost, seen, telemetryAt, reportedAt int64
	var hello, telemetry, reported, desired, base string
	err = row.Scan(&st.ID, &st.Kit, &st.Label, &st.Role, &st.Mode, &st.Place, &st.Structure, &st.Incarnation, &st.Hardware, &st.Model,
		&enrolled, &lost, &seen, &st.Online, &st.Session, &hello, &telemetry, &telemetryAt, &reported, &reportedAt, &desired, &base)
	if err != nil {
		return st, err
	}
	st.Enrolled, st.LostSince, st.LastSeen = fromMillis(enrolled), fromMillis(lost), fromMillis(seen)
	st.TelemetryAt, st.ReportedAt = fromMillis(telemetryAt), fromMillis(reportedAt)
	for _, m := range []struct {
		body string
		into any
	}{{hello, &st.Hello}, {telemetry, &st.Telemetry}, {reported, &st.Reported}, {desired, &st.Desired}} {
		if err := unmarshal(m.body, m.into); err != nil {
			return st, err
		}
	}
	st.Base, err = optional[wire.Base](base)
	return st, err
}
