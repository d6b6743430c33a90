package lesson

import (
	"fmt"
	"regexp"
	"strings"
)

// row is one line of a matching: which columns are marked, and its words.
type row struct {
	marked []bool
	words  string
}

var (
	rowForm  = regexp.MustCompile(`^\[((?:\s*\([ Xx]\)\s*)+)\]\s+(\S.*)$`)
	rowCells = regexp.MustCompile(`\(([ Xx])\)`)
)

// takeRow takes a line of a matching, which LiaScript calls a matrix:
//
//	[[Au clavier] [À la souris]]
//	[    (X)           ( )     ] Écrire
func (d *draft) takeRow(bare string) bool {
	if cells := header(bare); cells != nil && d.columns == nil {
		d.columns = cells
		return true
	}
	m := rowForm.FindStringSubmatch(bare)
	if m == nil || d.columns == nil {
		return false
	}
	r := row{words: m[2]}
	for _, c := range rowCells.FindAllStringSubmatch(m[1], -1) {
		r.marked = append(r.marked, c[1] != " ")
	}
	d.rows = append(d.rows, r)
	return true
}

// header reads the two columns or more of a matching; nil when it is none.
func header(bare string) []string {
	inner, ok := strings.CutPrefix(bare, "[")
	if !ok || !strings.HasSuffix(inner, "]") {
		return nil
	}
	rest := strings.TrimSpace(strings.TrimSuffix(inner, "]"))
	var cells []string
	for rest != "" {
		end := strings.IndexByte(rest, map[byte]byte{'[': ']', '(': ')'}[rest[0]])
		if end < 2 || (rest[0] != '[' && rest[0] != '(') {
			return nil
		}
		cells = append(cells, strings.TrimSpace(rest[1:end]))
		rest = strings.TrimSpace(rest[end+1:])
	}
	if len(cells) < 2 || cells[0] == "" {
		return nil
	}
	return cells
}

// askPairs makes each row a list of the columns.
func (w *writer) askPairs(q *Question, d *draft) error {
	q.Asks = Matching
	if len(d.rows) < 2 || len(d.rows) > maxChoices || len(d.columns) > maxChoices {
		return fmt.Errorf("rows or columns: %w", ErrQuiz)
	}
	columns := make([]string, len(d.columns))
	for i, c := range d.columns {
		if bad(c, maxBlank) {
			return fmt.Errorf("column: %w", ErrQuiz)
		}
		columns[i] = Typeset(w.lang, c)
	}
	for _, r := range d.rows {
		b := Blank{Options: columns}
		for i, m := range r.marked {
			if m {
				b.Right = append(b.Right, i)
			}
		}
		if len(r.marked) != len(columns) || len(b.Right) == 0 {
			return fmt.Errorf("row: %w", ErrQuiz)
		}
		var err error
		if b.Label, err = w.inline(r.words); err != nil {
			return err
		}
		q.Blanks = append(q.Blanks, b)
	}
	return nil
}
