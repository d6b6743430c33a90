package search_test

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"testing"
	"time"

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

// BenchmarkFind measures a search in 5,000 pages beside a plain scan of their
// folded texts, which finds less and ranks nothing, and prints
// "name value unit beside ratio".
func BenchmarkFind(b *testing.B) {
	lessons, texts := shelf(b)
	index := search.New(lessons)
	for b.Loop() {
		began, cost := time.Now(), time.Duration(0)
		for _, q := range asked() {
			index.Find(search.Query{Text: q})
		}
		cost = time.Since(began)
		began = time.Now()
		for _, q := range asked() {
			scan(texts, q)
		}
		report(b, "search_5000_pages", perQuery(cost), "µs", perQuery(time.Since(began)))
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

func perQuery(d time.Duration) float64 { return float64(d.Microseconds()) / float64(len(asked())) }

func report(b *testing.B, name string, value float64, unit string, beside float64) {
	fmt.Printf("%s %.4g %s %.4g %.2f\n", name, value, unit, beside, value/beside)
	b.ReportMetric(value, name)
}
