package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Lines returns the page of validations that q asks for, and how many match.
func (s *Store) Lines(ctx context.Context, tenant wire.Tenant, q report.LineQuery) ([]report.Line, int, error) {
	where, args := lineWhere(tenant, q)
	var total int
	if err := s.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM validations v`+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count validations: %w", err)
	}
	limit := q.Limit
	if limit == 0 {
		limit = total
	}
	page := fmt.Sprintf(" LIMIT $%d OFFSET $%d", len(args)+1, len(args)+2)
	lines, err := list(ctx, s.r, scanLine, lineColumns+where+lineOrder(q)+page, append(args, limit, q.Offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list validations: %w", err)
	}
	return lines, total, nil
}

// ForeignEntries returns the ledger entries of the validations of other
// issuers' passes that q selects and that were not taken back: their codes are
// in nothing but the sealed record.
func (s *Store) ForeignEntries(ctx context.Context, tenant wire.Tenant, q report.LineQuery) ([]report.ForeignEntry, error) {
	q.Foreign = true
	where, args := lineWhere(tenant, q)
	return list(ctx, s.r, func(row rowScanner) (f report.ForeignEntry, err error) {
		f.Line, err = scanLine(both{row, []any{&f.Entry.Line, &f.Entry.Sig}})
		return f, err
	}, strings.Replace(lineColumns, " FROM validations v", ", e.line, e.sig FROM validations v JOIN evidence e ON e.tenant = v.tenant AND e.station = v.station AND e.log = v.log AND e.seq = v.seq", 1)+
		where+" AND v.state <> 'annule'"+lineOrder(q), args...)
}

// both scans a row's first columns as its caller says and the rest into more.
type both struct {
	row  rowScanner
	more []any
}

func (b both) Scan(dest ...any) error { return b.row.Scan(append(dest, b.more...)...) }

const lineColumns = `SELECT v.station, v.log, v.seq, v.at, v.clock, v.received_at, v.structure, v.place, v.service, v.posture,
	v.issuer, v.batch, v.serial, v.assurance, v.paper_kept, v.override, v.state, v.reason, v.statement FROM validations v`

func scanLine(row rowScanner) (l report.Line, err error) {
	var log string
	var at, received int64
	err = row.Scan(&l.Station, &log, &l.At.Seq, &at, &l.Clock, &received, &l.Structure, &l.Place, &l.Service, &l.Posture,
		&l.Issuer, &l.Batch, &l.Serial, &l.Assurance, &l.PaperKept, &l.Override, &l.State, &l.Reason, &l.Statement)
	if err != nil {
		return l, err
	}
	l.Time, l.Received = fromMillis(at), fromMillis(received)
	l.At.Log, err = pass.ParseLogID(log)
	return l, err
}

func lineWhere(tenant wire.Tenant, q report.LineQuery) (string, []any) {
	where, args := []string{"v.tenant = $1", "v.kind = $2"}, []any{tenant, pass.Validation}
	add := func(clause string, arg any) {
		args = append(args, arg)
		where = append(where, fmt.Sprintf("%s $%d", clause, len(args)))
	}
	if q.Structure != 0 {
		add("v.structure =", q.Structure)
	}
	if q.State != "" {
		add("v.state =", q.State)
	}
	if q.Place != "" {
		add("v.place =", q.Place)
	}
	if q.Issuer != 0 {
		add("v.issuer =", q.Issuer)
		add("v.batch =", q.Batch)
	}
	if q.Foreign {
		where = append(where, "v.issuer = 0")
	}
	if !q.From.IsZero() {
		add(lineTime+" >=", millis(q.From))
		add(lineTime+" <", millis(q.Until))
	}
	return " WHERE " + strings.Join(where, " AND "), args
}

// lineTime is when a validation was made, or received while nobody knows.
const lineTime = "CASE WHEN v.at > 0 THEN v.at ELSE v.received_at END"

func lineOrder(q report.LineQuery) string {
	columns := map[string]string{"time": lineTime, "place": "v.place", "service": "v.service", "batch": "v.batch", "state": "v.state"}
	column, ok := columns[q.Sort]
	if !ok {
		column = lineTime
	}
	if q.Desc {
		column += " DESC"
	}
	return " ORDER BY " + column + ", v.station, v.log, v.seq"
}
