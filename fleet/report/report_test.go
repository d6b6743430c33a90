package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/wire"
)

var now = time.Date(2026, 3, 12, 15, 0, 0, 0, time.UTC)

// figures is a store with fixed totals.
type figures struct {
	counts    []report.Count
	monthly   []report.Monthly
	validated []report.Validated
	papers    []report.Papers
	places    []report.Place
	waiting   []report.Waiting
	deadlines []report.Deadline
	from      *string
}

func (f figures) UsageCounts(_ context.Context, _ wire.Tenant, _ report.Scope, from, until string) ([]report.Count, error) {
	if f.from != nil {
		*f.from = from + " " + until
	}
	return f.counts, nil
}
func (f figures) UndatedCounts(context.Context, wire.Tenant, report.Scope) (uint64, error) {
	return 2, nil
}
func (f figures) MonthlyCounts(context.Context, wire.Tenant, report.Scope, string, string) ([]report.Monthly, error) {
	return f.monthly, nil
}
func (f figures) ValidationCounts(context.Context, wire.Tenant, report.Scope, string, string) ([]report.Validated, error) {
	return f.validated, nil
}
func (f figures) PaperDays(context.Context, wire.Tenant, report.Scope, string, string) ([]report.Papers, error) {
	return f.papers, nil
}
func (f figures) ScopePlaces(context.Context, wire.Tenant, report.Scope) ([]report.Place, error) {
	return f.places, nil
}
func (f figures) Waiting(context.Context, wire.Tenant, report.Scope) ([]report.Waiting, error) {
	return f.waiting, nil
}
func (f figures) Deadlines(context.Context, wire.Tenant) ([]report.Deadline, error) {
	return f.deadlines, nil
}

func sample() figures {
	return figures{
		counts: []report.Count{
			{Period: "2026-03-12/am", Place: "halles", Name: wire.CountSessions, Outcome: "ended", Value: 12},
			{Period: "2026-03-12/pm", Place: "bus", Name: wire.CountSessions, Outcome: "idle", Value: 3},
			{Period: "2026-02-03/am", Place: "mairie", Name: wire.CountSessions, Outcome: "ended", Value: 30},
			{Period: "2026-03-12/am", Place: "halles", Name: wire.CountLessons, Lesson: "souris", Outcome: "started", Value: 9},
		},
		monthly: []report.Monthly{{Name: wire.CountLanguage, Item: "fr", Value: 40}, {Name: wire.CountLanguage, Item: "ti", Value: 1}},
		places:  []report.Place{{ID: "halles", Name: "Halles", Commune: "Nancy"}, {ID: "bus", Name: "Bus"}, {ID: "mairie", Name: "Mairie"}, {ID: "vide", Name: "Vide"}},
	}
}

func usage(t *testing.T, f figures, s report.Scope, p report.Period) report.Report {
	t.Helper()
	rep, err := report.Reporter{Store: f, Now: func() time.Time { return now }}.Usage(t.Context(), "demo", s, p)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func text(t *testing.T, rep report.Report, id string) string {
	t.Helper()
	table, ok := rep.Table(id)
	if !ok {
		t.Fatalf("Table(%q) missing", id)
	}
	var out []string
	for _, r := range table.Rows {
		out = append(out, r.Label+"="+r.Cells[0].String())
	}
	return strings.Join(out, " ") + " total=" + table.Total[0].String()
}

func TestStructureSeesItsOwnTotals(t *testing.T) {
	rep := usage(t, sample(), report.Scope{Structure: 1, Exact: true}, report.Period{Year: 2026, Quarter: 1})
	want := "Bus=3 Halles (Nancy)=12 Mairie=30 Vide=0 total=45"
	if got := text(t, rep, "lieux"); got != want {
		t.Errorf("places = %s; want %s", got, want)
	}
	if rep.Undated != 2 {
		t.Errorf("Undated = %d; want 2", rep.Undated)
	}
}

func TestAboveTheStructureSmallNumbersAreHidden(t *testing.T) {
	rep := usage(t, sample(), report.Scope{}, report.Period{Year: 2026, Quarter: 1})
	want := "Bus=n.c. Halles (Nancy)=n.c. Mairie=30 Vide=n.c. total=45"
	if got := text(t, rep, "lieux"); got != want {
		t.Errorf("places = %s; want %s", got, want)
	}
	if _, ok := rep.Table("demi-journees"); ok {
		t.Error("half-days are shown; want them for the structure only")
	}
}

func TestHiddenFiguresAreNotKept(t *testing.T) {
	rep := usage(t, sample(), report.Scope{}, report.Period{Year: 2026, Quarter: 1})
	for _, table := range rep.Tables {
		for _, row := range table.Rows {
			for _, c := range row.Cells {
				if c.Hidden && c.Value != 0 {
					t.Errorf("%s, %s: hidden cell keeps %d; want nothing to leak", table.ID, row.Label, c.Value)
				}
			}
		}
	}
}

func TestAboveTheStructureOnlyWholeQuarters(t *testing.T) {
	asked := ""
	f := sample()
	f.from = &asked
	usage(t, f, report.Scope{}, report.Period{Year: 2025, Month: 8})
	if asked != "2025-07-01 2025-10-01" {
		t.Errorf("store was asked for %s; want the whole quarter", asked)
	}
}

func TestAboveTheStructureOnlyFinishedQuarters(t *testing.T) {
	middle := time.Date(2026, 3, 12, 15, 0, 0, 0, time.UTC)
	tests := []struct {
		name, asked string
		exact       bool
		now         time.Time
		want        string
		latest      bool
	}{
		{"the running quarter", "2026-T1", false, middle, "2025-T4", true},
		{"a month of it", "2026-03", false, middle, "2025-T4", true},
		{"the year", "2026", false, middle, "2025-T4", true},
		{"the future", "2030-T2", false, middle, "2025-T4", true},
		{"the last finished one", "2025-T4", false, middle, "2025-T4", true},
		{"one before", "2025-T3", false, middle, "2025-T3", false},
		{"just over in Paris, not yet everywhere", "2026-T1", false, time.Date(2026, 4, 1, 11, 0, 0, 0, time.UTC), "2025-T4", true},
		{"over everywhere", "2026-T1", false, time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC), "2026-T1", true},
		{"a structure reads its running month", "2026-03", true, middle, "2026-03", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := report.ParsePeriod(tt.asked)
			r := report.Reporter{Store: sample(), Now: func() time.Time { return tt.now }}
			for name, build := range map[string]func(context.Context, wire.Tenant, report.Scope, report.Period) (report.Report, error){"Usage": r.Usage, "Passes": r.Passes} {
				rep, err := build(t.Context(), "demo", report.Scope{Exact: tt.exact}, p)
				if err != nil || rep.Period.String() != tt.want || rep.Latest != tt.latest {
					t.Errorf("%s(%s) = %s, latest %v, %v; want %s, %v", name, tt.asked, rep.Period, rep.Latest, err, tt.want, tt.latest)
				}
			}
		})
	}
}

func TestLanguagesAreHiddenFromEverybody(t *testing.T) {
	rep := usage(t, sample(), report.Scope{Structure: 1, Exact: true}, report.Period{Year: 2026, Month: 3})
	want := "Français=n.c. Anglais=n.c. Arabe=n.c. Autre langue=n.c. total=41"
	if got := text(t, rep, "langues"); got != want {
		t.Errorf("languages = %s; want %s", got, want)
	}
}

func TestRowsOfSmallNumbersOnlyAreFolded(t *testing.T) {
	f := sample()
	f.counts = append(f.counts, report.Count{Period: "2026-03-12/am", Place: "halles", Name: wire.CountLessons, Lesson: "rare", Outcome: "started", Value: 1})
	rep := usage(t, f, report.Scope{}, report.Period{Year: 2026, Quarter: 1})
	want := "souris=n.c. Autres séances=n.c. total=10"
	if got := text(t, rep, "seances"); got != want {
		t.Errorf("lessons = %s; want %s", got, want)
	}
}

func TestCSVSaysWhatTheScreenSays(t *testing.T) {
	rep := usage(t, sample(), report.Scope{}, report.Period{Year: 2026, Quarter: 1})
	table, _ := rep.Table("lieux")
	var out bytes.Buffer
	if err := report.WriteCSV(&out, rep, table); err != nil {
		t.Fatal(err)
	}
	body, ok := strings.CutPrefix(out.String(), "\ufeff")
	if !ok {
		t.Error("WriteCSV without byte order mark; want one for French spreadsheets")
	}
	r := csv.NewReader(strings.NewReader(body))
	r.Comma, r.FieldsPerRecord = ';', -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range table.Rows {
		for c, cell := range row.Cells {
			if got := rows[i+1][c+1]; got != cell.String() {
				t.Errorf("csv row %s column %d = %q; want %q", row.Label, c, got, cell)
			}
		}
	}
}

func TestPlainStopsFormulas(t *testing.T) {
	for _, in := range []string{"=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "  =1", "|cmd", "＝1"} {
		if got := report.Plain(in); got != "'"+in {
			t.Errorf("Plain(%q) = %q; want an apostrophe first", in, got)
		}
	}
	for _, in := range []string{"", "Médiathèque", "12", "n.c.", "Lot 3"} {
		if got := report.Plain(in); got != in {
			t.Errorf("Plain(%q) = %q; want it unchanged", in, got)
		}
	}
}

func TestPeriods(t *testing.T) {
	tests := []struct{ in, from, until, french, before string }{
		{"2026-03", "2026-03-01", "2026-04-01", "mars 2026", "2026-02"},
		{"2026-T1", "2026-01-01", "2026-04-01", "1er trimestre 2026", "2025-T4"},
		{"2026-T4", "2026-10-01", "2027-01-01", "4e trimestre 2026", "2026-T3"},
		{"2026", "2026-01-01", "2027-01-01", "année 2026", "2025"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			p, ok := report.ParsePeriod(tt.in)
			if !ok || p.String() != tt.in {
				t.Fatalf("ParsePeriod(%q) = %v, %v; want it back", tt.in, p, ok)
			}
			if p.From() != tt.from || p.Until() != tt.until || p.French() != tt.french || p.Before().String() != tt.before {
				t.Errorf("period %s = %s to %s, %s, before %s; want %+v", p, p.From(), p.Until(), p.French(), p.Before(), tt)
			}
		})
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, seed := range []string{"2026-03", "2026-T1", "2026", "", "2026-13", "2026-T5", "-026-01", "2026-+1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if p, ok := report.ParsePeriod(in); ok && p.String() != in {
			t.Errorf("ParsePeriod(%q) = %s; want the same text or a refusal", in, p)
		}
	})
}

func TestOrderOfLateStationsDoesNotCompareThemAboveTheStructure(t *testing.T) {
	f := figures{deadlines: []report.Deadline{{Batch: 1, PresentBy: pass.DayOf(now) + 8}}, waiting: []report.Waiting{
		{Station: "sa", LastSeen: now, Pending: 9}, {Station: "sb", LastSeen: now.AddDate(0, 0, -1), Pending: 2}}}
	for exact, want := range map[bool]wire.Station{true: "sa", false: "sb"} {
		late, err := report.Reporter{Store: f, Now: func() time.Time { return now }}.Late(t.Context(), "demo", report.Scope{Exact: exact})
		if err != nil || len(late) != 2 || late[0].Station != want {
			t.Errorf("Late(exact %v) = %v, %v; want %s first", exact, late, err, want)
		}
	}
}

func TestLateStationsNearTheDeadline(t *testing.T) {
	day := pass.DayOf(now)
	silent := report.Waiting{Station: "sa", LastSeen: now.AddDate(0, 0, -20)}
	waiting := report.Waiting{Station: "sb", LastSeen: now, Pending: 4}
	fresh := report.Waiting{Station: "sc", LastSeen: now}
	tests := []struct {
		name      string
		deadlines []report.Deadline
		want      []wire.Station
		left      int
	}{
		{"no deadline", nil, nil, 0},
		{"far", []report.Deadline{{Batch: 1, PresentBy: day + 31}}, nil, 0},
		{"near", []report.Deadline{{Batch: 1, PresentBy: day + 8}}, []wire.Station{"sb", "sa"}, 8},
		{"just missed", []report.Deadline{{Batch: 1, PresentBy: day - 3}}, []wire.Station{"sb", "sa"}, -3},
		{"the next one counts before the missed one", []report.Deadline{{Batch: 1, PresentBy: day - 3}, {Batch: 2, PresentBy: day + 20}}, []wire.Station{"sb", "sa"}, 20},
		{"long gone", []report.Deadline{{Batch: 1, PresentBy: day - 31}}, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := figures{deadlines: tt.deadlines, waiting: []report.Waiting{silent, waiting, fresh}}
			late, err := report.Reporter{Store: f, Now: func() time.Time { return now }}.Late(t.Context(), "demo", report.Scope{})
			if err != nil || len(late) != len(tt.want) {
				t.Fatalf("Late() = %v, %v; want %v", late, err, tt.want)
			}
			for i, l := range late {
				if l.Station != tt.want[i] || l.DaysLeft != tt.left {
					t.Errorf("Late()[%d] = %s, %d days; want %s, %d", i, l.Station, l.DaysLeft, tt.want[i], tt.left)
				}
			}
		})
	}
}
