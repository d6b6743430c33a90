package check

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	gmtext "github.com/yuin/goldmark/text"

	"github.com/mallette-kit/mallette/device/lesson"
)

// text is one file of words, taken apart with the lines where things are.
type text struct {
	file     string
	step     int
	kind     lesson.Kind // "" for a step
	lang     string      // language it should be in
	easy     bool        // it is an easy-to-read twin
	passages []passage
	headings []heading
	images   []image
	links    []link
	html     []int // lines that hold HTML
}

// passage is words that belong together: a paragraph, a line of a list, a cell.
type passage struct {
	words string
	lines []mark
}

// mark says on which line the words from a byte on are.
type mark struct{ from, line int }

func (p passage) line(at int) int {
	line := 0
	for _, m := range p.lines {
		if m.from <= at {
			line = m.line
		}
	}
	return line
}

type heading struct {
	level, line int
	words       string
}

type image struct {
	to, alt string
	line    int
}

type link struct {
	to   string
	line int
}

// reader walks one parsed Markdown text.
type reader struct {
	*text
	raw []byte
	add int // lines before the first of raw
}

// spoken marks words that are said and not shown: people hear them all the same.
var spoken = regexp.MustCompile(`(?m)^[ \t]*--\{\{[0-9, -]*\}\}--[ \t]*`)

// parse takes Markdown apart; add is how many lines of the file precede it.
func (t *text) parse(raw []byte, add int) {
	raw = spoken.ReplaceAll(raw, nil)
	r := reader{t, raw, add}
	md := goldmark.New(goldmark.WithExtensions(extension.Table))
	_ = ast.Walk(md.Parser().Parse(gmtext.NewReader(raw)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			r.take(n)
		}
		return ast.WalkContinue, nil
	})
}

func (r reader) take(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		p := r.passage(n)
		r.headings = append(r.headings, heading{n.Level, r.lineOf(n), p.words})
		r.passages = append(r.passages, p)
	case *ast.Paragraph, *ast.TextBlock, *east.TableCell:
		r.passages = append(r.passages, r.passage(n))
	case *ast.Image:
		r.images = append(r.images, image{string(n.Destination), r.passageIn(n).words, r.lineOf(n)})
	case *ast.Link:
		r.links = append(r.links, link{string(n.Destination), r.lineOf(n)})
	case *ast.AutoLink:
		r.links = append(r.links, link{string(n.URL(r.raw)), r.lineOf(n)})
	case *ast.RawHTML, *ast.HTMLBlock:
		r.html = append(r.html, r.lineOf(n))
	}
}

// passage collects the words of a block without those of its pictures.
func (r reader) passage(block ast.Node) passage { return r.collect(block, false) }

// passageIn collects the words of a picture's description.
func (r reader) passageIn(n ast.Node) passage { return r.collect(n, true) }

func (r reader) collect(top ast.Node, images bool) passage {
	var p passage
	var b strings.Builder
	_ = ast.Walk(top, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if _, ok := n.(*ast.Image); ok && !images {
			return ast.WalkSkipChildren, nil
		}
		t, ok := n.(*ast.Text)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		p.lines = append(p.lines, mark{b.Len(), r.lineAt(t.Segment.Start)})
		b.Write(t.Segment.Value(r.raw))
		if t.SoftLineBreak() || t.HardLineBreak() {
			b.WriteByte(' ')
		}
		return ast.WalkContinue, nil
	})
	p.words = b.String()
	return p
}

func (r reader) lineAt(at int) int {
	return r.add + 1 + bytes.Count(r.raw[:min(at, len(r.raw))], []byte("\n"))
}

// lineOf is the line of a node: of the first text in it, of its block, or of
// the blocks around it.
func (r reader) lineOf(n ast.Node) int {
	if p := r.passageIn(n); len(p.lines) > 0 {
		return p.lines[0].line
	}
	for ; n != nil; n = n.Parent() {
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			return r.lineAt(n.Lines().At(0).Start)
		}
	}
	return r.add + 1
}
