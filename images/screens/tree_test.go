package screens_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// heardRoles are the roles by which people with a screen reader find their way:
// headings, landmarks, controls and pictures.
var heardRoles = []string{
	"alert", "article", "banner", "button", "checkbox", "combobox", "contentinfo", "dialog", "form", "group", "heading", "image", "img", "link", "main",
	"navigation", "progressbar", "radio", "region", "status", "textbox",
}

// trees are the pages whose tree is kept, by the name of the file.
var trees = map[string]string{
	"accueil": "", "lecon": "lecon/souris", "etape": "lecon/souris/etape/3", "question": "lecon/arnaque/quiz/1",
	"gestes": "gestes/bouger", "entrainement": "entrainement/achat", "carte": "carte", "carte-relire": "carte/relire?encore", "point": "point/1",
	"reglages": "reglages", "aide": "aide", "lecons": "lecons?mots=majuscule", "encore-la": "encore-la", "perdue": "nulle-part",
	"bibliotheque": "bibliotheque", "livre": "bibliotheque/[livre]", "page-de-livre": "bibliotheque/[livre]/lire/fruits/pomme.html",
	"catalogue": "mediateur/catalogue", "livres": "mediateur/livres", "mes-lecons": "mediateur/mes-lecons", "ma-lecon": "mediateur/mes-lecons/souris-adaptee",
	"ma-presentation": "mediateur/mes-lecons/souris-adaptee/presentation", "mon-texte": "mediateur/mes-lecons/souris-adaptee/texte/quiz.md",
	"cycles": "mediateur/cycles", "cycle": "mediateur/cycles/[cycle]", "pass": "mediateur/pass",
}

// TestWhatAScreenReaderMeets compares what the browser tells assistive
// technology of the main pages with what was looked at: testdata/tree. After a
// change that is meant, MALLETTE_UPDATE=1 writes the files again.
func TestWhatAScreenReaderMeets(t *testing.T) {
	s := openSetting(t)
	for _, d := range displays() {
		if d.classes != "" {
			continue
		}
		b := s.browser.with(t)
		b.begins(s.house.station.Kiosk())
		b.choose(s.house, d)
		b.submit(".finish")
		b.compare("fin." + d.language)
		b.choose(s.house, d)
		b.open(s.house.station.Kiosk())
		b.compare("bienvenue." + d.language)
		s.sitDown(b, d)
		for name, page := range trees {
			b.open(s.address(page))
			b.compare(name + "." + d.language)
		}
		b.open(s.house.station.Kiosk())
		b.submit(".finish")
	}
}

func (b *browser) compare(name string) {
	b.t.Helper()
	file, got := filepath.Join("testdata", "tree", name+".txt"), b.tree()
	if os.Getenv("MALLETTE_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			b.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		b.t.Errorf("%s: the tree is\n%s\nwant %s:\n%s", name, got, file, want)
	}
}

// tree is one line a node: how deep, what, and its name.
func (b *browser) tree() string {
	b.t.Helper()
	var nodes []*accessibility.Node
	b.run("read the accessibility tree", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		got, err := cdp.Call(ctx, t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		nodes = got.Nodes
		return err
	}))
	byID := make(map[accessibility.NodeID]*accessibility.Node, len(nodes))
	for _, n := range nodes {
		byID[n.NodeID] = n
	}
	var out strings.Builder
	outline(&out, byID, nodes[0], 0)
	return out.String()
}

// outline writes a node that is heard, and what is below it.
func outline(out *strings.Builder, nodes map[accessibility.NodeID]*accessibility.Node, n *accessibility.Node, depth int) {
	role := said(n.Role)
	if !n.Ignored && slices.Contains(heardRoles, role) {
		fmt.Fprintf(out, "%s%s %q\n", strings.Repeat("  ", depth), role, strings.Join(strings.Fields(said(n.Name)), " "))
		depth++
	}
	for _, id := range n.ChildIDs {
		if child := nodes[id]; child != nil {
			outline(out, nodes, child, depth)
		}
	}
}

func said(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	_ = json.Unmarshal(v.Value, &text) // another type says nothing
	return text
}
