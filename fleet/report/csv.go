package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// byteOrderMark makes French spreadsheets read the file as UTF-8.
const byteOrderMark = "\ufeff"

// WriteCSV writes one table. The file is UTF-8 with a byte order mark, fields
// are separated by ';' and money has a decimal comma, which is what a French
// spreadsheet opens without a question. Text that a spreadsheet would run as a
// formula is made plain ([Plain]).
func WriteCSV(w io.Writer, r Report, t Table) error {
	rows := [][]string{append([]string{t.Key}, t.Columns...)}
	for _, row := range t.Rows {
		rows = append(rows, line(row.Label, row.Cells))
	}
	rows = append(rows, line("Total", t.Total), nil, []string{"Période", r.Period.French()},
		[]string{"Calculé le", r.Made.Format("02/01/2006 15:04 MST")}, []string{"Données manquantes", Missing(r.Unsynced)})
	if t.Note != "" {
		rows = append(rows, []string{"Note", t.Note})
	}
	if r.Masked || t.hides() {
		rows = append(rows, []string{Withheld, "non communiqué : moins de 5, ou masqué pour que rien ne se déduise du total"})
	}
	return WriteRows(w, rows)
}

// WriteRows writes rows of text in the form of [WriteCSV].
func WriteRows(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = ';', true
	for _, row := range rows {
		plain := make([]string, len(row))
		for i, field := range row {
			plain[i] = Plain(field)
		}
		if err := c.Write(plain); err != nil {
			return fmt.Errorf("write csv: %w", err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// Plain returns text that no spreadsheet takes for a formula: an apostrophe
// goes before a first character that could start one.
func Plain(text string) string {
	trimmed := strings.TrimLeft(text, " \u00a0")
	if trimmed != "" && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(trimmed)[0]) {
		return "'" + text
	}
	return text
}

func line(label string, cells []Cell) []string {
	out := []string{label}
	for _, c := range cells {
		out = append(out, c.String())
	}
	return out
}
