package report

import (
	"cmp"
	"slices"
	"strconv"
)

// Table is one breakdown: rows of figures and their totals.
type Table struct {
	ID      string
	Title   string
	Key     string   // heading of the first column
	Columns []string // headings of the figures
	Rows    []Row
	Total   []Cell
	Note    string
}

// Row is one line of a table.
type Row struct {
	ID    string
	Label string
	Cells []Cell
}

// Cell is one figure, or the fact that it is not shown.
type Cell struct {
	Value  uint64
	Hidden bool
	Cents  bool // the value is money
}

// Withheld is what stands for a figure that is not shown.
const Withheld = "n.c."

// String returns what a screen and a CSV file say.
func (c Cell) String() string {
	if c.Hidden {
		return Withheld
	}
	if c.Cents {
		return strconv.FormatUint(c.Value/100, 10) + "," + twoDigits(c.Value%100)
	}
	return strconv.FormatUint(c.Value, 10)
}

func twoDigits(n uint64) string { return strconv.FormatUint(n/10, 10) + strconv.FormatUint(n%10, 10) }

// Empty reports whether the table has no row.
func (t Table) Empty() bool { return len(t.Rows) == 0 }

// hides reports whether a figure of the table is not shown.
func (t Table) hides() bool {
	hidden := func(c Cell) bool { return c.Hidden }
	return slices.ContainsFunc(t.Total, hidden) ||
		slices.ContainsFunc(t.Rows, func(r Row) bool { return slices.ContainsFunc(r.Cells, hidden) })
}

// ledger adds figures up by row and column before they become a table.
type ledger struct {
	columns int
	order   []string
	labels  map[string]string
	sums    map[string][]uint64
}

func newLedger(columns int) *ledger {
	return &ledger{columns: columns, labels: map[string]string{}, sums: map[string][]uint64{}}
}

func (l *ledger) row(id, label string) []uint64 {
	if _, ok := l.sums[id]; !ok {
		l.order = append(l.order, id)
		l.sums[id] = make([]uint64, l.columns)
		l.labels[id] = label
	}
	return l.sums[id]
}

func (l *ledger) add(id, label string, column int, value uint64) { l.row(id, label)[column] += value }

// sorted orders rows by label.
func (l *ledger) sorted() *ledger {
	slices.SortStableFunc(l.order, func(a, b string) int {
		return cmp.Or(cmp.Compare(l.labels[a], l.labels[b]), cmp.Compare(a, b))
	})
	return l
}

// table fills t, hiding small numbers column by column when masked.
func (l *ledger) table(t Table, masked bool) Table {
	for _, id := range l.order {
		t.Rows = append(t.Rows, Row{ID: id, Label: l.labels[id], Cells: make([]Cell, l.columns)})
	}
	t.Total = make([]Cell, l.columns)
	for c := range l.columns {
		l.fill(t, c, masked)
	}
	return t
}

func (l *ledger) fill(t Table, column int, masked bool) {
	values := make([]uint64, len(l.order))
	for i, id := range l.order {
		values[i] = l.sums[id][column]
		t.Rows[i].Cells[column].Value = values[i]
		t.Total[column].Value += values[i]
	}
	if masked {
		hide(t, column, values)
	}
}

// hide drops the figure itself, so that no rendering can show it by mistake.
func hide(t Table, column int, values []uint64) {
	hidden, total := Suppress(values, K)
	for i := range hidden {
		if hidden[i] {
			t.Rows[i].Cells[column] = Cell{Hidden: true}
		}
	}
	if total {
		t.Total[column] = Cell{Hidden: true}
	}
}

// folded gathers the rows that hold nothing but small figures in one, because
// a row of its own would say that somebody was there.
func (l *ledger) folded(label string) *ledger {
	out := newLedger(l.columns)
	var rest []uint64
	for _, id := range l.order {
		if slices.Max(l.sums[id]) >= K {
			copy(out.row(id, l.labels[id]), l.sums[id])
			continue
		}
		rest = append(rest, l.sums[id]...)
	}
	for i, v := range rest {
		out.add(foldedID, label, i%l.columns, v)
	}
	return out
}

// foldedID names the row of the rest.
const foldedID = "autres"

// byID orders rows by their key.
func (l *ledger) byID() *ledger {
	slices.Sort(l.order)
	return l
}
