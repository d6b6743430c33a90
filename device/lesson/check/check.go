// Package check is the quality gate of lessons: it reads a pack as its editor
// wrote it and says, in French sentences with a file and a line, what stops it
// from being published, what stops it from being called accessible, and what
// would make it better.
//
//	report, err := check.Pack("lecons/souris")
//	if !report.Publishable() { … }
//
// It holds a lesson to rules that a program can hold: what is there, what is
// declared, how long sentences are. It does not judge whether a lesson teaches
// well; only people can. It never writes, never asks the network, and never
// shows a lesson to anybody: device/lesson does, with its own refusals.
package check

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/mallette-kit/mallette/device/lesson"
)

// Severity is what a finding stops.
type Severity string

// The three severities, the worst first.
const (
	Publication Severity = "publication" // the pack cannot be published
	Accessible  Severity = "accessible"  // it cannot be called accessible
	Advice      Severity = "conseil"     // it can; it would be better
)

func (s Severity) rank() int { return slices.Index([]Severity{Publication, Accessible, Advice}, s) }

// Finding is one thing an editor can act on.
type Finding struct {
	Rule     string   `json:"rule"` // short name, the same in every version
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"` // from 1; 0: the file as a whole
	Step     int      `json:"step,omitempty"` // from 1; 0: not a step
	Text     string   `json:"text"`           // a French sentence
}

// Report is everything found in one pack, the worst first, then by place.
type Report struct {
	Pack     string    `json:"pack"`
	ID       string    `json:"id,omitempty"`
	Title    string    `json:"title,omitempty"`
	Findings []Finding `json:"findings"`
}

// Publishable says that nothing stops the pack from being published.
func (r Report) Publishable() bool { return !r.has(Publication) }

// Accessible says that the pack may be published as accessible.
func (r Report) Accessible() bool { return r.Publishable() && !r.has(Accessible) }

func (r Report) has(s Severity) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == s })
}

// Pack checks a folder or a zip. The error is the disk's; whatever is wrong
// with the pack itself is in the report.
func Pack(name string) (Report, error) {
	files, done, err := lesson.OpenFiles(name)
	if refused(err) {
		g := newGate(filepath.Base(name), nil)
		g.refuse(err)
		return g.close(), nil
	}
	if err != nil {
		return Report{}, err
	}
	defer done()
	return Files(filepath.Base(filepath.Clean(name)), files), nil
}

// Files checks a pack by its files; name is what the report calls it. A parser
// that panics on hostile text is a refusal.
func Files(name string, files fs.FS) (report Report) {
	g := newGate(name, files)
	defer func() {
		if recover() != nil {
			g.refuse(lesson.ErrFormat)
			report = g.close()
		}
	}()
	if !g.open() {
		return g.close()
	}
	for _, rule := range rules() {
		rule(g)
	}
	if g.report.Publishable() {
		_, err := lesson.Read(files)
		g.refuse(err)
	}
	return g.close()
}

// rules are independent of each other: their order only decides the order of
// findings at one place.
func rules() []func(*gate) {
	return []func(*gate){
		(*gate).fields, (*gate).slots, (*gate).terms, (*gate).licence, (*gate).languages, (*gate).brands,
		(*gate).structure, (*gate).links, (*gate).pictures, (*gate).drawings, (*gate).video, (*gate).size,
		(*gate).reading, (*gate).variants, (*gate).questions, (*gate).versions, (*gate).lineage, (*gate).orphans,
	}
}

// place is where a finding is.
type place struct {
	file string
	line int
	step int
}

// find adds a finding. What it quotes of the pack may end on a terminal, so it
// keeps printable characters only.
func (g *gate) find(rule string, s Severity, at place, text string) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '\u202f' || r == '\u00a0' {
			return r
		}
		return -1
	}, text)
	g.report.Findings = append(g.report.Findings, Finding{rule, s, at.file, at.line, at.step, text})
}

// close sorts the findings and bounds how many there are.
func (g *gate) close() Report {
	slices.SortStableFunc(g.report.Findings, func(a, b Finding) int {
		if a.Severity != b.Severity {
			return a.Severity.rank() - b.Severity.rank()
		}
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		return a.Line - b.Line
	})
	g.report.Findings = slices.Clip(g.report.Findings[:min(len(g.report.Findings), maxFindings)])
	return g.report
}

// maxFindings is more than anybody reads.
const maxFindings = 500

// refused says whether an error is the pack's own fault.
func refused(err error) bool {
	return slices.ContainsFunc(refusals(), func(r refusal) bool { return errors.Is(err, r.kind) })
}
