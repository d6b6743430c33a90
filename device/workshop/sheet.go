package workshop

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// Sheet is what a day comes down to: totals, and nobody's name.
type Sheet struct {
	Date         string       `json:"date"`
	Began        string       `json:"began"`
	Ended        string       `json:"ended"`
	Station      string       `json:"station"` // label on the machine
	Structure    string       `json:"structure"`
	Place        string       `json:"place"`
	Commune      string       `json:"commune"`
	Service      string       `json:"service"`
	Posture      pass.Posture `json:"posture"`
	Lessons      []string     `json:"lessons"` // titles
	Participants int          `json:"participants"`
	Sessions     int          `json:"sessions"`
	Started      int          `json:"lessons_started"`
	Finished     int          `json:"lessons_finished"`
	Passes       bool         `json:"passes"` // the structure takes passes
	Validated    int          `json:"validated"`
	Kept         int          `json:"kept"`
	Draft        []Field      `json:"draft"` // for the activity report
}

// Gap is how many papers are missing, or too many when negative.
func (s Sheet) Gap() int { return s.Validated - s.Kept }

// Field is one line of the draft: a heading of the activity report that
// mediators fill in elsewhere, and its exact value.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// draft prepares the activity report of a workshop in the words of the
// register it will be typed into: nothing can be sent there by a program.
func (s Sheet) draft(service level.Service) []Field {
	return []Field{
		{"Date", s.Date},
		{"Type", "collectif"},
		{"Participants", strconv.Itoa(s.Participants)},
		{"Nom du lieu", s.Place},
		{"Commune", s.Commune},
		{"Nom de l'atelier", strings.Join(s.Lessons, ", ")},
		{"Matériel numérique utilisé", "ordinateur"},
		{"Thématique(s) d'accompagnement", strings.Join(service.Crosswalk.Coop, "|")},
	}
}

// WithDraft returns the sheet with the draft filled in for a service code.
func (s Sheet) WithDraft(code string) Sheet {
	service, ok := level.ServiceOf(code)
	if ok {
		s.Service = service.Label
		s.Draft = s.draft(service)
	}
	return s
}

// CSV writes the sheet as two lines, a heading and its values.
func (s Sheet) CSV(w io.Writer) error {
	rows := [][2]string{
		{"date", s.Date}, {"debut", s.Began}, {"fin", s.Ended}, {"poste", s.Station}, {"structure", s.Structure},
		{"lieu", s.Place}, {"commune", s.Commune}, {"service", s.Service}, {"posture", string(s.Posture)},
		{"seances", strings.Join(s.Lessons, "|")}, {"participants", strconv.Itoa(s.Participants)},
		{"temps_au_poste", strconv.Itoa(s.Sessions)}, {"seances_commencees", strconv.Itoa(s.Started)},
		{"seances_terminees", strconv.Itoa(s.Finished)},
	}
	if s.Passes {
		rows = append(rows, [][2]string{{"pass_valides", strconv.Itoa(s.Validated)}, {"papiers_gardes", strconv.Itoa(s.Kept)}}...)
	}
	heads, values := make([]string, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		heads[i], values[i] = row[0], inert(row[1])
	}
	out := csv.NewWriter(w)
	return out.WriteAll([][]string{heads, values})
}

// inert keeps a spreadsheet from taking a text for a formula.
func inert(cell string) string {
	if cell != "" && slices.Contains([]byte("=+-@\t\r"), cell[0]) {
		return "'" + cell
	}
	return cell
}
