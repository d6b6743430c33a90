package console

import "github.com/mallette-kit/mallette/fleet/report"

// plot is a bar chart of a table's first figure. The table beside it says the
// same in words and numbers, so the chart is hidden from screen readers.
type plot struct {
	Heading string
	Height  int
	Bars    []bar
}

// bar is one row of a chart; a hidden figure has a label and no length.
type bar struct {
	Label  string
	Text   string
	Y, W   int
	Hidden bool
}

const (
	barStep   = 26
	barWidth  = 300 // of the longest, in the chart's units
	mostBars  = 20
	labelRoom = 30 // characters
)

func newPlot(t report.Table) plot {
	p := plot{Heading: t.Columns[0]}
	rows := t.Rows
	if len(rows) > mostBars {
		rows = rows[len(rows)-mostBars:]
	}
	var longest uint64
	for _, r := range rows {
		longest = max(longest, r.Cells[0].Value)
	}
	if longest == 0 {
		return p // a chart without a bar says nothing
	}
	for i, r := range rows {
		cell := r.Cells[0]
		p.Bars = append(p.Bars, bar{Label: shortened(r.Label), Text: cell.String(), Y: i * barStep,
			W: int(cell.Value * barWidth / longest), Hidden: cell.Hidden})
	}
	p.Height = len(rows) * barStep
	return p
}

func shortened(label string) string {
	runes := []rune(label)
	if len(runes) <= labelRoom {
		return label
	}
	return string(runes[:labelRoom-1]) + "…"
}
