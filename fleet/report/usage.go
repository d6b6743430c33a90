package report

import (
	"cmp"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// The figures of usage, in column order.
const (
	colSessions = iota
	colParticipants
	colStarted
	colFinished
	usageColumns
)

var usageHeadings = []string{"Temps au poste", "Participants", "Séances commencées", "Séances terminées"}

func usageTables(counts []Count, places []Place, p Period, s Scope, today string) []Table {
	tables := []Table{byMonth(counts, p, !s.Exact, today), byMoment(counts, !s.Exact), byPlace(counts, places, !s.Exact), byLesson(counts, !s.Exact)}
	if s.Exact {
		tables = append([]Table{byHalfDay(counts)}, tables...)
	}
	return tables
}

// column says which figure a count is part of; quizzes are in none.
func column(c Count) (int, bool) {
	switch {
	case c.Name == wire.CountSessions:
		return colSessions, true
	case c.Name == wire.CountParticipants:
		return colParticipants, true
	case c.Name == wire.CountLessons && c.Outcome == "started":
		return colStarted, true
	case c.Name == wire.CountLessons && c.Outcome == "finished":
		return colFinished, true
	}
	return 0, false
}

func byHalfDay(counts []Count) Table {
	l := newLedger(usageColumns)
	for _, c := range counts {
		if col, ok := column(c); ok {
			l.add(c.Period, HalfDay(c.Period), col, c.Value)
		}
	}
	return l.byID().table(Table{ID: "demi-journees", Title: "Par demi-journée", Key: "Demi-journée", Columns: usageHeadings}, false)
}

// byMonth lists the months that have begun, even those in which nothing was
// counted.
func byMonth(counts []Count, p Period, masked bool, today string) Table {
	l := newLedger(usageColumns)
	for m := p.first(); m.Format(time.DateOnly) < p.Until() && m.Format(time.DateOnly) <= today; m = m.AddDate(0, 1, 0) {
		l.row(m.Format("2006-01"), Month(m.Format("2006-01")))
	}
	for _, c := range counts {
		if col, ok := column(c); ok && len(c.Period) >= 7 {
			l.add(c.Period[:7], Month(c.Period[:7]), col, c.Value)
		}
	}
	return l.byID().table(Table{ID: "mois", Title: "Par mois", Key: "Mois", Columns: usageHeadings}, masked)
}

func byMoment(counts []Count, masked bool) Table {
	l := newLedger(usageColumns)
	l.row("am", "Matin")
	l.row("pm", "Après-midi")
	for _, c := range counts {
		if col, ok := column(c); ok && len(c.Period) == len("2026-03-12/am") {
			l.add(c.Period[11:], "", col, c.Value)
		}
	}
	return l.table(Table{ID: "moments", Title: "Matin ou après-midi", Key: "Moment", Columns: usageHeadings}, masked)
}

func byPlace(counts []Count, places []Place, masked bool) Table {
	l := newLedger(usageColumns)
	names := placeRows(l, places)
	for _, c := range counts {
		if col, ok := column(c); ok {
			l.add(c.Place, cmp.Or(names[c.Place], unknownPlace(c.Place)), col, c.Value)
		}
	}
	return l.sorted().table(Table{ID: "lieux", Title: "Par lieu", Key: "Lieu", Columns: usageHeadings}, masked)
}

// placeRows gives every place of the scope its row, even an empty one.
func placeRows(l *ledger, places []Place) map[string]string {
	names := make(map[string]string, len(places))
	for _, p := range places {
		label := p.Name
		if p.Commune != "" {
			label += " (" + p.Commune + ")"
		}
		names[p.ID] = label
		l.row(p.ID, label)
	}
	return names
}

func unknownPlace(id string) string {
	if id == "" {
		return "Lieu non précisé"
	}
	return "Lieu " + id
}

func byLesson(counts []Count, masked bool) Table {
	l := newLedger(2)
	for _, c := range counts {
		if c.Name != wire.CountLessons || c.Lesson == "" {
			continue
		}
		if col, ok := column(c); ok {
			l.add(c.Lesson, c.Lesson, col-colStarted, c.Value)
		}
	}
	l.sorted()
	if masked {
		l = l.folded("Autres séances")
	}
	return l.table(Table{ID: "seances", Title: "Par séance", Key: "Séance", Columns: usageHeadings[colStarted:]}, masked)
}

// monthlyTables hide small numbers from everybody, and list what was never
// chosen too: a rare language or display mode points at a person even inside
// one structure.
func monthlyTables(counts []Monthly, quarter Period) []Table {
	l, a := newLedger(1), newLedger(1)
	for _, n := range languages() {
		l.row(n.id, n.label)
	}
	for _, n := range accesses() {
		a.row(n.id, n.label)
	}
	for _, c := range counts {
		switch c.Name {
		case wire.CountLanguage:
			l.addKnown(c.Item, "Autre langue", c.Value)
		case wire.CountAccess:
			a.addKnown(c.Item, "Autre réglage", c.Value)
		}
	}
	l.addKnown(foldedID, "Autre langue", 0)
	a.addKnown(foldedID, "Autre réglage", 0)
	note := "Sur le " + quarter.French() + ". Les nombres de moins de 5 ne sont montrés à personne."
	return []Table{
		l.table(Table{ID: "langues", Title: "Langue choisie", Key: "Langue", Columns: []string{"Temps au poste"}, Note: note}, true),
		a.table(Table{ID: "affichage", Title: "Réglage d’affichage", Key: "Réglage", Columns: []string{"Temps au poste"}, Note: note}, true),
	}
}

// addKnown adds to a row that is there, or to that of the rest.
func (l *ledger) addKnown(id, rest string, value uint64) {
	if _, ok := l.sums[id]; !ok {
		id = foldedID
	}
	l.add(id, rest, 0, value)
}
