package lesson

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// writer turns a pack's Markdown into HTML that is safe to show. It refuses
// what the author should know about (a script, an address outside the pack)
// and cleans again what it wrote: two locks on one door.
type writer struct {
	id, lang string
	pictures map[string]Picture
	md       goldmark.Markdown
	clean    *bluemonday.Policy
}

func newWriter(id, lang string, pictures map[string]Picture) *writer {
	return &writer{id, lang, pictures, goldmark.New(goldmark.WithExtensions(extension.Table)), policy(id)}
}

// policy is the list of what a text may contain.
func policy(id string) *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "br", "hr",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^` + regexp.QuoteMeta(PictureURL(id, "")) + `[A-Za-z0-9_.-]+$`)).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	return p
}

// page renders a whole text. The first heading is its title and leaves the body.
func (w *writer) page(raw []byte) (title string, html template.HTML, err error) {
	doc, err := w.parse(raw)
	if err != nil {
		return "", "", err
	}
	head, ok := doc.FirstChild().(*ast.Heading)
	if !ok || head.Level != 1 {
		return "", "", fmt.Errorf("text without a title: %w", ErrFormat)
	}
	title = Typeset(w.lang, plainText(head, raw))
	doc.RemoveChild(doc, head)
	html, err = w.render(doc, raw)
	return title, html, err
}

// fragment renders a piece of text.
func (w *writer) fragment(raw string) (template.HTML, error) {
	doc, err := w.parse([]byte(raw))
	if err != nil {
		return "", err
	}
	return w.render(doc, []byte(raw))
}

// inline renders one paragraph without its <p>.
func (w *writer) inline(raw string) (template.HTML, error) {
	html, err := w.fragment(strings.TrimSpace(raw))
	s := strings.TrimSpace(string(html))
	if inner, ok := strings.CutPrefix(s, "<p>"); ok && strings.Count(s, "<p>") == 1 {
		s = strings.TrimSuffix(inner, "</p>")
	}
	return template.HTML(s), err
}

func (w *writer) parse(raw []byte) (ast.Node, error) {
	if len(raw) > maxText {
		return nil, ErrTooLarge
	}
	if !utf8.Valid(raw) {
		return nil, fmt.Errorf("text is not UTF-8: %w", ErrFormat)
	}
	doc := w.md.Parser().Parse(text.NewReader(raw))
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		return ast.WalkContinue, w.check(n)
	})
	return doc, err
}

func (w *writer) check(n ast.Node) error {
	switch n := n.(type) {
	case *ast.RawHTML, *ast.HTMLBlock:
		return fmt.Errorf("HTML in a text: %w", ErrActive)
	case *ast.AutoLink:
		return ErrRemote
	case *ast.Link:
		return leadsOut(string(n.Destination))
	case *ast.Image:
		return w.place(n)
	}
	return nil
}

// leadsOut says why a link is refused; every link is, because a step has no
// address of its own: the buttons of the page lead on.
func leadsOut(to string) error {
	scheme, _, has := strings.Cut(strings.ToLower(strings.TrimSpace(to)), ":")
	if has && (scheme == "javascript" || scheme == "data" || scheme == "vbscript") {
		return ErrActive
	}
	if has || strings.HasPrefix(to, "//") {
		return ErrRemote
	}
	return fmt.Errorf("link in a text: %w", ErrPath)
}

// place points an image at the station's copy; it must be in the pack and say
// what it shows.
func (w *writer) place(n *ast.Image) error {
	to := string(n.Destination)
	if strings.Contains(to, ":") || strings.HasPrefix(to, "//") {
		return leadsOut(to)
	}
	name := path.Base(to)
	if _, ok := w.pictures[name]; !ok || to != path.Join("images", name) {
		return fmt.Errorf("picture: %w", ErrMissing)
	}
	if n.FirstChild() == nil {
		return fmt.Errorf("picture without a description: %w", ErrFormat)
	}
	n.Destination = []byte(PictureURL(w.id, name))
	return nil
}

func (w *writer) render(doc ast.Node, raw []byte) (template.HTML, error) {
	var buf bytes.Buffer
	if err := w.md.Renderer().Render(&buf, raw, doc); err != nil {
		return "", errors.New("render text")
	}
	return template.HTML(Typeset(w.lang, string(w.clean.SanitizeBytes(buf.Bytes())))), nil
}

func plainText(n ast.Node, raw []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := c.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(raw))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
