package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

const (
	north = wire.Station("saaaaaaaaaaaaaaaa")
	south = wire.Station("sbbbbbbbbbbbbbbbb")
)

// twoStructures is a store with structure 1 in territory "nord" and 2 in
// "sud", a place, kit and station each.
func twoStructures(t *testing.T) *store.Store {
	t.Helper()
	s := create(t)
	furnishTwo(t, s)
	return s
}

func furnishTwo(t *testing.T, s *store.Store) {
	t.Helper()
	now := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	a := registry.Audit{At: now, Who: "test", What: "test"}
	must(t)(s.SaveTenant(t.Context(), registry.Tenant{ID: "demo"}, a))
	for i, territory := range []string{"nord", "sud"} {
		id := pass.Structure(i + 1)
		must(t)(s.SaveStructure(t.Context(), "demo", registry.Structure{ID: id, Name: territory, Territory: territory}, a))
		must(t)(s.SavePlace(t.Context(), "demo", registry.Place{ID: territory, Structure: id, Name: territory, Zone: "Europe/Paris"}, a))
		must(t)(s.SaveKit(t.Context(), "demo", registry.Kit{ID: "kit-" + territory, Structure: id}, a))
		st := []wire.Station{north, south}[i]
		reg := s.Enrolment()
		must(t)(nil, reg.AddToken(t.Context(), enroll.Token{Hash: enroll.Hash{byte(id)}, Tenant: "demo", Kit: "kit-" + territory, Expires: now.Add(time.Hour)}))
		must(t)(nil, reg.Admit(t.Context(), enroll.Admission{Token: enroll.Hash{byte(id)}, Key: enroll.Hash{9}, At: now,
			Station:     enroll.Station{Tenant: "demo", ID: st, Incarnation: 1, Kit: "kit-" + territory, Ledger: make([]byte, 32)},
			Certificate: enroll.Certificate{Serial: territory, Tenant: "demo", Station: st, Incarnation: 1, NotAfter: now}}))
	}
}

func must(t *testing.T) func(any, error) {
	t.Helper()
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestUsageCountsByScope(t *testing.T) {
	s := twoStructures(t)
	counter := func(period, place string, value, rev uint64) wire.Counter {
		return wire.Counter{Period: period, Place: place, Name: wire.CountSessions, Outcome: "ended", Value: value, Rev: rev}
	}
	for i, st := range []wire.Station{north, south} {
		place := []string{"nord", "sud"}[i]
		must(t)(nil, s.AddCounters(t.Context(), "demo", st, 1, wire.Counters{Log: pass.LogID{byte(i + 1)}, Counters: []wire.Counter{
			counter("2026-03-31/pm", place, 10, 1), counter("2026-04-01/am", place, 100, 2), counter("2026-03-30/am", "", 1, 3), counter("", "", 5, 4)}}))
	}
	// Another log of the same station: values are summed over logs.
	must(t)(nil, s.AddCounters(t.Context(), "demo", north, 1, wire.Counters{Log: pass.LogID{9}, Counters: []wire.Counter{counter("2026-03-31/pm", "nord", 3, 1)}}))
	tests := []struct {
		name    string
		scope   report.Scope
		want    uint64
		undated uint64
	}{
		{"all", report.Scope{}, 25, 10},
		{"structure, with what its station said of no place", report.Scope{Structure: 1}, 14, 5},
		{"territory", report.Scope{Territory: "sud"}, 11, 5},
		{"unknown structure", report.Scope{Structure: 7}, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			counts, err := s.UsageCounts(t.Context(), "demo", tt.scope, "2026-01-01", "2026-04-01")
			must(t)(nil, err)
			var sum uint64
			for _, c := range counts {
				sum += c.Value
			}
			undated, err := s.UndatedCounts(t.Context(), "demo", tt.scope)
			if sum != tt.want || undated != tt.undated || err != nil {
				t.Errorf("UsageCounts = %d, UndatedCounts = %d, %v; want %d, %d", sum, undated, err, tt.want, tt.undated)
			}
		})
	}
}

func TestValidationCountsByCivilDay(t *testing.T) {
	s := twoStructures(t)
	// 23:30 UTC on 31 March is 1 April in Paris.
	for i, at := range []time.Time{time.Date(2026, 3, 31, 21, 30, 0, 0, time.UTC), time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC), {}} {
		believe(t, s, north, uint64(i+1), pass.Ref{Assurance: pass.QRSigned, Issuer: 1, Batch: 1, Serial: pass.Serial(i + 1)}, at)
	}
	counts, err := s.ValidationCounts(t.Context(), "demo", report.Scope{Structure: 1}, "2026-01-01", "2026-04-01")
	if err != nil || len(counts) != 2 || counts[0].Service != "KS-01" || counts[1].Service != "KS-03" {
		t.Errorf("ValidationCounts(first quarter) = %v, %v; want two: one by its day, one by the day it was received", counts, err)
	}
	if counts, err := s.ValidationCounts(t.Context(), "demo", report.Scope{Structure: 2}, "2026-01-01", "2027-01-01"); err != nil || len(counts) != 0 {
		t.Errorf("ValidationCounts(other structure) = %v, %v; want none", counts, err)
	}
}

func believe(t *testing.T, s *store.Store, st wire.Station, seq uint64, ref pass.Ref, at time.Time) {
	t.Helper()
	log := pass.LogID{1}
	rec := pass.Record{V: 1, Kind: pass.Validation, Tenant: "demo", Station: string(st), At: pass.Position{Log: log, Seq: seq},
		Pass: &ref, Structure: 1, Place: "nord", Service: fmt.Sprint("KS-0", seq)}
	must(t)(nil, s.Believe(t.Context(), intake.Belief{Log: intake.Log{Tenant: "demo", Station: st, ID: log}, Seq: seq,
		Validations: []intake.Validation{{Record: rec, At: at, Received: time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)}}}))
}

func TestLinesFilterSortAndPage(t *testing.T) {
	s := twoStructures(t)
	day := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	for seq := range uint64(5) {
		believe(t, s, north, seq+1, pass.Ref{Assurance: pass.QRSigned, Issuer: 1, Batch: 1, Serial: pass.Serial(seq + 1)}, day.Add(time.Duration(seq)*time.Hour))
	}
	believe(t, s, north, 6, pass.Ref{Assurance: pass.ForeignRead}, day)
	tests := []struct {
		name  string
		query report.LineQuery
		seqs  string
		total int
	}{
		{"all by time", report.LineQuery{}, "[1 6 2 3 4 5]", 6},
		{"latest first, second page", report.LineQuery{Desc: true, Offset: 2, Limit: 2}, "[3 2]", 6},
		{"by service", report.LineQuery{Sort: "service", Limit: 2}, "[1 2]", 6},
		{"a sort that does not exist", report.LineQuery{Sort: "1; DROP TABLE validations", Limit: 1}, "[1]", 6},
		{"foreign", report.LineQuery{Foreign: true}, "[6]", 1},
		{"batch", report.LineQuery{Issuer: 1, Batch: 1, Limit: 1}, "[1]", 5},
		{"period", report.LineQuery{From: day, Until: day.Add(time.Hour)}, "[1 6]", 2},
		{"other structure", report.LineQuery{Structure: 2}, "[]", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lines, total, err := s.Lines(t.Context(), "demo", tt.query)
			must(t)(nil, err)
			seqs := []uint64{}
			for _, l := range lines {
				seqs = append(seqs, l.At.Seq)
			}
			if fmt.Sprint(seqs) != tt.seqs || total != tt.total {
				t.Errorf("Lines = %v of %d; want %s of %d", seqs, total, tt.seqs, tt.total)
			}
		})
	}
}

func TestStationsFilterSortAndPage(t *testing.T) {
	s := twoStructures(t)
	now := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	must(t)(nil, s.SetOnline(t.Context(), "demo", north, wire.State{Online: true, Session: 3}, now))
	must(t)(nil, s.SaveTelemetry(t.Context(), "demo", south, wire.Telemetry{OutboxPending: 2}, now))
	tests := []struct {
		name  string
		query registry.Query
		want  string
	}{
		{"all", registry.Query{}, "[saaaaaaaaaaaaaaaa sbbbbbbbbbbbbbbbb]"},
		{"most waiting first", registry.Query{Sort: "pending", Desc: true, Limit: 1}, "[sbbbbbbbbbbbbbbbb]"},
		{"online", registry.Query{State: registry.Online}, "[saaaaaaaaaaaaaaaa]"},
		{"pending", registry.Query{State: registry.Pending}, "[sbbbbbbbbbbbbbbbb]"},
		{"territory", registry.Query{Territory: "sud"}, "[sbbbbbbbbbbbbbbbb]"},
		{"text with a wildcard", registry.Query{Text: "%"}, "[]"},
		{"text in any case", registry.Query{Text: "POSTE BBBB"}, "[sbbbbbbbbbbbbbbbb]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, _, err := s.Stations(t.Context(), "demo", tt.query)
			must(t)(nil, err)
			ids := []wire.Station{}
			for _, st := range list {
				ids = append(ids, st.ID)
			}
			if fmt.Sprint(ids) != tt.want {
				t.Errorf("Stations(%+v) = %v; want %s", tt.query, ids, tt.want)
			}
		})
	}
}

func TestOldWillDoesNotEndANewerSession(t *testing.T) {
	s := twoStructures(t)
	now := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	for _, m := range []wire.State{{Online: true, Session: 3}, {Online: true, Session: 4}, {Online: false, Session: 3}} {
		must(t)(nil, s.SetOnline(t.Context(), "demo", north, m, now))
	}
	if st, err := s.Station(t.Context(), "demo", north); err != nil || !st.Online || st.Session != 4 {
		t.Errorf("Station after an old will = online %v, session %d, %v; want online in session 4", st.Online, st.Session, err)
	}
}

func TestAuditIsKeptAYear(t *testing.T) {
	s := twoStructures(t)
	old := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	must(t)(nil, s.Note(t.Context(), "demo", registry.Audit{At: old.AddDate(1, 1, 0), Who: "ada", What: "test"}))
	entries, err := s.Audit(t.Context(), "demo", 0, 100)
	if err != nil || len(entries) != 1 || entries[0].Who != "ada" {
		t.Errorf("Audit after 13 months = %v, %v; want the new entry only", entries, err)
	}
}

func TestTrustReachesEveryStation(t *testing.T) {
	s := twoStructures(t)
	const n = 1203 // more than two groups
	must(t)(nil, s.Write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		for i := range n {
			_, err := tx.ExecContext(ctx, `INSERT INTO stations (tenant, station, kit, label, role, mode, place, incarnation, hardware, enrolled_at)
				VALUES ('demo', $1, 'kit-nord', '', 'station', 'kiosk', '', 1, '', 0)`, fmt.Sprintf("sz%015d", i))
			if err != nil {
				return err
			}
		}
		return nil
	}))
	changes, err := s.SaveTrust(t.Context(), "demo", 7)
	told := map[wire.Station]bool{}
	for _, c := range changes {
		told[c.Station] = c.Desired.Trust == 7
	}
	if err != nil || len(changes) != n+2 || len(told) != n+2 {
		t.Errorf("SaveTrust = %d changes of %d stations, %v; want %d once each", len(changes), len(told), err, n+2)
	}
}
