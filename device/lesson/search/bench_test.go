package search_test

import (
	"database/sql"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the other system, in the same program

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/search"
	"github.com/mallette-kit/mallette/device/lesson/word"
)

const pages = 5000

// shelf makes lessons of the shipped ones until they have that many pages:
// each step again under another number, its words in turn.
func shelf(b *testing.B) (lessons []*lesson.Lesson, texts []string) {
	b.Helper()
	originals := builtin(b)
	for n := 0; len(texts) < pages; n++ {
		l := *originals[n%len(originals)]
		l.ID = fmt.Sprintf("%s-%d", l.ID, n)
		l.Texts = nil
		steps := slices.Clone(l.Steps)
		for i := range steps {
			words := strings.Fields(string(steps[i].HTML))
			turn := (n * 7) % len(words)
			steps[i].HTML = template.HTML(fmt.Sprintf("<p>page%d %s</p>", len(texts), strings.Join(append(words[turn:], words[:turn]...), " ")))
			texts = append(texts, word.Fold(steps[i].Title+" "+string(steps[i].HTML)))
		}
		l.Steps = steps
		lessons = append(lessons, &l)
	}
	return lessons, texts
}

func asked() []string {
	return []string{"mot de passe", "arobase", "faux message banque", "double clic", "page4321", "majuscule accent", "xylophone", "souris molet"}
}

// BenchmarkFind measures a search in 5,000 pages beside SQLite's FTS5 on the
// same pages, in memory, accents folded and ranked by bm25, and beside a plain
// scan of their folded texts, which ranks nothing. It prints
// "name value unit beside ratio".
func BenchmarkFind(b *testing.B) {
	lessons, texts := shelf(b)
	index, table := search.New(lessons), fts5(b, texts)
	for b.Loop() {
		ours := took(func(q string) { index.Find(search.Query{Text: q}) })
		report(b, "search_5000_pages", ours, "µs", took(func(q string) { match(b, table, q) }))
		report(b, "search_5000_pages_scan", ours, "µs", took(func(q string) { scan(texts, q) }))
	}
}

// took is the mean of one query, of all that are asked, over some turns.
func took(find func(string)) float64 {
	const turns = 20
	began := time.Now()
	for range turns {
		for _, q := range asked() {
			find(q)
		}
	}
	return float64(time.Since(began).Microseconds()) / float64(turns*len(asked()))
}

func fts5(b *testing.B, texts []string) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1) // each connection would have a memory of its own
	b.Cleanup(func() { _ = db.Close() })
	if _, err := db.Exec(`CREATE VIRTUAL TABLE pages USING fts5(words, tokenize = 'unicode61 remove_diacritics 2')`); err != nil {
		b.Fatal(err)
	}
	for _, t := range texts {
		if _, err := db.Exec(`INSERT INTO pages VALUES (?)`, t); err != nil {
			b.Fatal(err)
		}
	}
	return db
}

// match asks for pages that hold every word, the last one perhaps unfinished.
func match(b *testing.B, db *sql.DB, query string) {
	b.Helper()
	rows, err := db.Query(`SELECT rowid, snippet(pages, 0, '', '', '…', 24) FROM pages WHERE pages MATCH ? ORDER BY bm25(pages) LIMIT 20`, word.Fold(query)+"*")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkNew measures the making of the index of 5,000 pages.
func BenchmarkNew(b *testing.B) {
	lessons, _ := shelf(b)
	for b.Loop() {
		search.New(lessons)
	}
	b.ReportMetric(pages, "pages")
}

func scan(texts []string, query string) (found int) {
	words := strings.Fields(word.Fold(query))
	for _, t := range texts {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(t, w) }) {
			found++
		}
	}
	return found
}

func report(b *testing.B, name string, value float64, unit string, beside float64) {
	fmt.Printf("\n%s %.4g %s %.4g %.2f\n", name, value, unit, beside, value/beside)
	b.ReportMetric(value, name)
}
