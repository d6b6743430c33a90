package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/report"
)

func passes(t *testing.T, f figures, s report.Scope) report.Report {
	t.Helper()
	rep, err := report.Reporter{Store: f, Now: func() time.Time { return now }}.Passes(t.Context(), "demo", s, report.Period{Year: 2026, Quarter: 1})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func keptPapers() figures {
	f := sample()
	f.papers = []report.Papers{
		{Day: "2026-03-11", Place: "halles", Validated: 9, Kept: 9},
		{Day: "2026-03-12", Place: "bus", Kept: 1},
		{Day: "2026-03-12", Place: "halles", Validated: 4, Kept: 2},
	}
	return f
}

func TestPapersAreComparedWithValidations(t *testing.T) {
	tests := []struct {
		name  string
		scope report.Scope
		table string
		want  string
	}{
		{"the operator, by place", report.Scope{Exact: true}, "papiers",
			"Bus [0 1 0 1] Halles (Nancy) [13 11 2 0] Mairie [0 0 0 0] Vide [0 0 0 0] Total [13 12 2 1]"},
		{"a structure, by day", report.Scope{Structure: 1, Exact: true}, "papiers-jours",
			"mer. 11 mars 2026, Halles (Nancy) [9 9 0 0] jeu. 12 mars 2026, Bus [0 1 0 1] jeu. 12 mars 2026, Halles (Nancy) [4 2 2 0] Total [13 12 2 1]"},
		{"the operator, by day", report.Scope{Exact: true}, "papiers-jours", ""},
		{"above the structure", report.Scope{}, "papiers", ""},
		{"above the structure, by day", report.Scope{Structure: 1}, "papiers-jours", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := whole(passes(t, keptPapers(), tt.scope), tt.table); got != tt.want {
				t.Errorf("table %s = %s; want %s", tt.table, got, tt.want)
			}
		})
	}
}

// whole writes every figure of a table; "" when there is none.
func whole(rep report.Report, id string) string {
	table, ok := rep.Table(id)
	if !ok {
		return ""
	}
	text := ""
	for _, r := range table.Rows {
		text += fmt.Sprintf("%s %v ", r.Label, r.Cells)
	}
	return text + fmt.Sprintf("Total %v", table.Total)
}

func TestCSVOfPapersHasItsNote(t *testing.T) {
	rep := passes(t, keptPapers(), report.Scope{Exact: true})
	table, _ := rep.Table("papiers")
	var out bytes.Buffer
	if err := report.WriteCSV(&out, rep, table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Lieu;Pass validés;Papiers comptés;Papiers en moins;Papiers en plus", "Halles (Nancy);13;11;2;0", "le dernier comptage"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("CSV is without %q", want)
		}
	}
	if strings.Contains(out.String(), report.Withheld) {
		t.Errorf("CSV speaks of %s; want no such row where nothing is hidden", report.Withheld)
	}
}
