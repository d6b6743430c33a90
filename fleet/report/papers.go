package report

import "cmp"

// The figures of kept papers, in column order.
const (
	colValidated = iota
	colKept
	colLess
	colMore
	paperColumns
)

var paperHeadings = []string{"Pass validés", "Papiers comptés", "Papiers en moins", "Papiers en plus"}

const paperNote = "Les papiers sont ceux comptés à la fin de chaque journée ; le dernier comptage d’un poste pour un atelier remplace les précédents. " +
	"Des papiers en moins : une journée pas encore terminée, un comptage pas encore reçu, ou des papiers à rechercher."

// paperTables compares validations with kept papers, place by place, and day
// by day for a structure. Only exact reports have them: the difference of two
// counts is nearly always a small number.
func paperTables(days []Papers, places []Place, s Scope) []Table {
	byPlace, byDay := newLedger(paperColumns), newLedger(paperColumns)
	names := placeRows(byPlace, places)
	for _, d := range days {
		place := cmp.Or(names[d.Place], unknownPlace(d.Place))
		byPlace.addPapers(d.Place, place, d)
		byDay.addPapers(d.Day+"/"+d.Place, Day(d.Day)+", "+place, d)
	}
	tables := []Table{byPlace.sorted().compared().table(Table{ID: "papiers", Title: "Papiers gardés, par lieu",
		Key: "Lieu", Columns: paperHeadings, Note: paperNote}, false)}
	if s.Structure == 0 {
		return tables
	}
	return append(tables, byDay.byID().compared().table(Table{ID: "papiers-jours", Title: "Papiers gardés, jour par jour",
		Key: "Jour et lieu", Columns: paperHeadings, Note: paperNote}, false))
}

func (l *ledger) addPapers(id, label string, p Papers) {
	l.add(id, label, colValidated, p.Validated)
	l.add(id, label, colKept, p.Kept)
}

// compared fills in each row's difference, in the column of its sign.
func (l *ledger) compared() *ledger {
	for _, sums := range l.sums {
		validated, kept := sums[colValidated], sums[colKept]
		sums[colLess], sums[colMore] = validated-min(validated, kept), kept-min(validated, kept)
	}
	return l
}
