package mallard

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
)

// writing is a lesson being written.
type writing struct {
	help    *help
	page    *page
	meta    lesson.Meta
	screens []screen
	sheet   string
	figures map[string][]byte // by file name below images/
	remote  int
}

// screen is one step of a lesson.
type screen struct{ title, body string }

func (h *help) write(p *page) (*writing, error) {
	w := &writing{help: h, page: p, figures: map[string][]byte{}}
	code, said, err := p.terms()
	if err != nil {
		return nil, err
	}
	w.telling(p.root, p.title())
	if len(w.screens) > maxScreens {
		w.screens = w.whole(p.root)
	}
	if len(w.screens) == 0 || len(w.screens) > maxScreens {
		return nil, ErrTooLarge
	}
	w.describe(code, said)
	remote := w.remote // the sheet says the same again
	w.sheet = w.again(said)
	w.remote = remote
	return w, nil
}

var idSigns = regexp.MustCompile(`[^a-z0-9-]+`)

// describe says of the lesson what its page says of itself.
func (w *writing) describe(code, said string) {
	p := w.page
	summary := clip(p.desc(), 200)
	if summary == "" {
		summary = clip(p.title(), 200)
	}
	authors := p.credits()
	if len(authors) == 0 {
		authors = []string{w.help.name}
	}
	if len(authors) > 20 {
		authors = append(authors[:19:19], "et les autres personnes nommées dans le tuto")
	}
	source := fmt.Sprintf("%s, page %s, %s", w.help.name, p.id, said)
	w.meta = lesson.Meta{
		Format: lesson.Format, ID: lessonID(p.id), Title: clip(p.title(), 80), Summary: summary,
		Languages: []string{w.help.lang}, Levels: []string{"intermediaire"}, Audiences: []string{"tous_publics"}, Themes: []string{"materiel"},
		Minutes: min(max(5, 2*len(w.screens)), 60), Licence: code, Authors: authors, Source: source, Rank: 1000,
		Objectives: []string{strings.TrimSuffix(summary, ".")}, Assets: map[lesson.Kind]string{lesson.Tuto: "tuto.md"},
		Lineage: []lesson.Ancestor{{ID: w.help.name + "/" + p.id, Title: clip(p.title(), 200), Authors: authors, Licence: said, Source: source,
			Changes: "Découpée en écrans ; les liens sont devenus du texte."}},
	}
	for i := range w.screens {
		w.meta.StepFiles = append(w.meta.StepFiles, stepFile(i))
	}
}

// lessonID makes an identifier of a page's; a long one ends in its hash.
func lessonID(page string) string {
	id := prefix + strings.Trim(idSigns.ReplaceAllString(strings.ToLower(page), "-"), "-")
	if len(id) <= maxIDs {
		return id
	}
	sum := sha256.Sum256([]byte(page))
	return id[:maxIDs-9] + "-" + hex.EncodeToString(sum[:4])
}

func stepFile(i int) string { return fmt.Sprintf("etapes/%02d.md", i+1) }

// clip shortens a sentence to so many signs.
func clip(text string, most int) string {
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return strings.TrimSpace(string(r[:most-1])) + "…"
}

// telling makes screens of a page or a section: what is said first, then one
// screen for each step, then what remains.
func (w *writing) telling(n *node, title string) {
	if t := n.first("title"); t != nil {
		title = t.words()
	}
	var said []*node
	flush := func() {
		w.screen(title, w.blocks(said))
		said = nil
	}
	for _, kid := range n.kids {
		switch kid.name {
		case "steps":
			flush()
			w.steps(kid, title)
		case "section":
			flush()
			w.telling(kid, title)
		case "title", "subtitle", "info":
		default:
			said = append(said, kid)
		}
	}
	flush()
}

func (w *writing) steps(n *node, title string) {
	if t := n.first("title"); t != nil {
		title = t.words()
	}
	items := n.all("item")
	for i, item := range items {
		w.screen(fmt.Sprintf("%s (%d sur %d)", title, i+1, len(items)), w.blocks(item.kids))
	}
}

func (w *writing) screen(title, body string) {
	if strings.TrimSpace(body) != "" {
		w.screens = append(w.screens, screen{title, body})
	}
}

// whole makes one screen of each section of a page that has too many steps.
func (w *writing) whole(root *node) (screens []screen) {
	var head []*node
	for _, kid := range root.kids {
		switch kid.name {
		case "title", "subtitle", "info":
		case "section":
			screens = append(screens, screen{kid.first("title").words(), w.blocks(kid.kids)})
		default:
			head = append(head, kid)
		}
	}
	return append([]screen{{w.page.title(), w.blocks(head)}}, screens...)
}

// again is the sheet to do it again at home: the whole page, and who made it.
func (w *writing) again(said string) string {
	var body []*node
	for _, kid := range w.page.root.kids {
		if kid.name != "title" && kid.name != "subtitle" {
			body = append(body, kid)
		}
	}
	return "# " + escape(w.page.title()) + "\n\n" + w.blocks(body) + "\n\n## Qui a écrit cela\n\n" +
		escape(fmt.Sprintf("D’après l’aide « %s », page « %s », de %s. Licence %s : %s", w.help.name, w.page.id,
			strings.Join(w.page.credits(), ", "), said, w.page.licence)) + "\n\n" +
		"La page a été découpée en écrans, et ses liens sont devenus du texte. Cette leçon est sous licence CC BY-SA 4.0.\n"
}

// save writes the lesson's folder.
func (w *writing) save(dir string) error {
	raw, err := w.meta.YAML()
	if err != nil {
		return err
	}
	files := map[string][]byte{"lesson.yaml": raw, "tuto.md": []byte(w.sheet)}
	for i, s := range w.screens {
		files[stepFile(i)] = []byte("# " + escape(s.title) + "\n\n" + s.body + "\n")
	}
	for name, raw := range w.figures {
		files[filepath.Join("images", name)] = raw
	}
	for name, raw := range files {
		to := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, raw, 0o600)); err != nil {
			return fmt.Errorf("write lesson: %w", err)
		}
	}
	return nil
}
