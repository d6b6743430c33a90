package screens_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// pages are addresses of each page by its route. What stands in brackets is
// made by the setting; the pages of a route without an address are reached in
// a scene of their own.
var pages = map[string][]string{
	"/{$}": {""}, "/": {"nulle-part"}, "/encore-la": {"encore-la"}, "/fin": {},
	"/reglages": {"reglages"}, "/aide": {"aide", "aide?internet"}, "/ou-trouver-de-l-aide": {"ou-trouver-de-l-aide"}, "/accessibilite": {"accessibilite"},
	"/lecons": {"lecons", "lecons?mots=majuscule", "lecons?mots=pomme", "lecons?mots=xylophone"}, "/envies": {"envies"}, "/demarches": {"demarches"},
	"/lecon/{id}":              {"lecon/souris", "lecon/sept"},
	"/lecon/{id}/etape/{n}":    {"lecon/souris/etape/3", "lecon/clavier-ecoute/etape/3", "lecon/sept/etape/1"},
	"/lecon/{id}/bravo":        {"lecon/souris/bravo"},
	"/lecon/{id}/fiche/{kind}": {"lecon/clavier/fiche/memo", "lecon/arnaque/fiche/conducteur_mediateur"},
	"/lecon/{id}/video":        {"lecon/souris/video"},
	"/lecon/{id}/quiz/{n}": {"lecon/arnaque/quiz/1", "lecon/arnaque/quiz/7", "lecon/sept/quiz/2", "lecon/sept/quiz/3",
		"lecon/sept/quiz/4", "lecon/sept/quiz/5", "lecon/sept/quiz/6", "lecon/sept/quiz/7"},
	"/lecon/{id}/jeu/{n}": {"lecon/souris/jeu/1", "lecon/clavier/jeu/1", "lecon/arnaque/jeu/1"},
	"/gestes":             {"gestes"},
	"/gestes/{id}": {"gestes/bouger", "gestes/boutons", "gestes/ouvrir", "gestes/decouvrir", "gestes/derouler", "gestes/liste", "gestes/droit",
		"gestes/reduire?tour=2&allure=3", "gestes/surligner", "gestes/tout", "gestes/chercher?tour=2&allure=3", "gestes/glisser",
		"gestes/ranger?tour=3&allure=3", "gestes/arobase?tour=3&allure=3", "gestes/effacer", "gestes/recopier", "gestes/enregistrer"},
	"/gestes/{id}/bravo": {"gestes/cliquer/bravo"},
	"/carte":             {"carte"}, "/carte/relire": {"carte/relire", "carte/relire?encore"},
	"/point": {"point"}, "/point/{n}": {"point/1", "point/9"}, "/point/bilan": {"point/bilan"},
	"/entrainement": {"entrainement"}, "/entrainement/{service}": {"entrainement/achat"},
	"/entrainement/{service}/{screen}": {}, "/entrainement/{service}/bilan": {},
	"/bibliotheque":                           {"bibliotheque", "bibliotheque?mots=pomme"},
	"/bibliotheque/{livre}":                   {"bibliotheque/[livre]", "bibliotheque/[livre]?mots=xylophone"},
	"/bibliotheque/{livre}/lire/{chemin...}":  {"bibliotheque/[livre]/lire/fruits/pomme.html"},
	"/mediateur":                              {"mediateur"},
	"/mediateur/journee":                      {"mediateur/journee"},
	"/mediateur/pass":                         {"mediateur/pass"},
	"/mediateur/catalogue":                    {"mediateur/catalogue", "mediateur/catalogue?theme=securite&mots=message"},
	"/mediateur/lecon/{id}":                   {"mediateur/lecon/souris"},
	"/mediateur/lecon/{id}/fiche/{kind}":      {"mediateur/lecon/souris/fiche/conducteur_mediateur"},
	"/mediateur/lecon/{id}/imprimer":          {"mediateur/lecon/souris/imprimer"},
	"/mediateur/fin":                          {"mediateur/fin"},
	"/mediateur/feuille":                      {"mediateur/feuille"},
	"/mediateur/poste":                        {"mediateur/poste"},
	"/mediateur/cle":                          {"mediateur/cle"},
	"/mediateur/livres":                       {"mediateur/livres"},
	"/mediateur/cycles":                       {"mediateur/cycles"},
	"/mediateur/cycles/{id}":                  {"mediateur/cycles/[cycle]"},
	"/mediateur/cycles/{id}/guide":            {"mediateur/cycles/[cycle]/guide"},
	"/mediateur/mes-lecons":                   {"mediateur/mes-lecons"},
	"/mediateur/mes-lecons/{id}":              {"mediateur/mes-lecons/souris-adaptee"},
	"/mediateur/mes-lecons/{id}/presentation": {"mediateur/mes-lecons/souris-adaptee/presentation"},
	"/mediateur/mes-lecons/{id}/texte/{file...}": {
		"mediateur/mes-lecons/souris-adaptee/texte/etapes/2-tenir.md", "mediateur/mes-lecons/souris-adaptee/texte/quiz.md"},
	"/mediateur/reseau":         {"mediateur/reseau", "mediateur/reseau?nom=M%C3%A9diath%C3%A8que"},
	"/mediateur/pret":           {"mediateur/pret", "mediateur/pret?son=non"},
	"/mediateur/installer":      {"mediateur/installer"},
	"/mediateur/rejoindre":      {},
	"/mediateur/rejoindre/code": {}, "/mediateur/installer/suivi": {},
}

// mute are the routes that are no page, and what they are.
var mute = map[string]string{
	"/s/": "style, scripts and drawings", "/dessin": "says that a page is drawn", "/etat": "a stream", "/mediateur/flux": "a stream",
	"/lecon/{id}/audio/{name}": "sound", "/lecon/{id}/image/{name}": "a drawing", "/lecon/{id}/media/{name}": "a film and its words", "/carte/image": "a drawing",
	"/voix": "sound", "/voix/mots": "when words are spoken", "/mediateur/pret/son.wav": "sound",
	"/mediateur/feuille.csv": "a file to take away", "/mediateur/cycles/{id}/cycle.json": "a file to take away",
	"/bibliotheque/{livre}/contenu/{chemin...}": "what others wrote, in a frame where nothing runs",
}

// addresses are all of them, in an order that is always the same.
func (s *setting) addresses() (list []string) {
	for _, route := range slices.Sorted(maps.Keys(pages)) {
		for _, a := range pages[route] {
			list = append(list, s.address(a))
		}
	}
	return list
}

func (s *setting) address(a string) string {
	return s.house.station.Kiosk() + strings.NewReplacer("[livre]", s.book, "[cycle]", s.cycle).Replace(a)
}

// display is how a person wants the pages.
type display struct {
	name, language, direction string
	settings                  string // what is set on the form of the settings
	classes                   string // what the product then says of the page
}

var modes = []display{
	{name: "ordinaire"},
	{name: "contraste", settings: `f.contraste.checked = true`, classes: "contraste"},
	{name: "200 %", settings: `f.taille.value = "tresgrand"`, classes: "tresgrand"},
	{name: "dyslexie", settings: `f.espace.checked = true`, classes: "espace"},
}

// displays are French and Arabic in every mode, and English with all at once.
func displays() (list []display) {
	for _, l := range []display{{name: "français", language: "fr", direction: "ltr"}, {name: "العربية", language: "ar", direction: "rtl"}} {
		for _, m := range modes {
			list = append(list, display{name: l.name + ", " + m.name, language: l.language, direction: l.direction, settings: m.settings, classes: m.classes})
		}
	}
	return append(list, display{name: "English, all at once", language: "en", direction: "ltr",
		settings: `f.taille.value = "tresgrand"; f.contraste.checked = f.espace.checked = f.calme.checked = true`, classes: "tresgrand calme contraste espace"})
}

// usual are the displays of every run of the tests: French as it comes, Arabic
// in contrast, and English with all at once. A soak looks at all.
func usual() []display {
	all := displays()
	if os.Getenv("MALLETTE_SOAK") != "" {
		return all
	}
	return []display{all[0], all[len(modes)+1], all[len(all)-1]}
}

// usualModes are as a page comes and twice as large; a soak looks at all.
func usualModes() []display {
	if os.Getenv("MALLETTE_SOAK") != "" {
		return modes
	}
	return []display{modes[0], modes[2]}
}

// tabs are how many pages are looked at side by side. A browser has six
// connections to a station, and a page of mediator mode holds two.
const tabs = 2

// TestEveryPageInEveryDisplay is the matrix: each page of the station, in each
// language and display mode, during a session, locked, and when something
// failed, held to the accessibility rules, to its language, to its voice and
// to the width of a screen of 320 pixels.
func TestEveryPageInEveryDisplay(t *testing.T) {
	s := openSetting(t)
	for _, d := range usual() {
		t.Run(d.name, func(t *testing.T) {
			b := s.browser.with(t)
			s.sitDown(b, d)
			b.open("about:blank") // it holds no connection meanwhile
			t.Run("séance", func(t *testing.T) {
				s.sideBySide(t, d, s.addresses())
				t.Run("démarches", func(t *testing.T) {
					t.Parallel()
					s.services(s.browser.tab(t), d)
				})
			})
			for _, scene := range s.scenes() {
				scene(b, d)
			}
		})
	}
	s.installs(t)
	s.seen.complete(t)
}

// sideBySide looks at pages in several tabs.
func (s *setting) sideBySide(t *testing.T, d display, addresses []string) {
	queue := make(chan string, len(addresses))
	for _, a := range addresses {
		queue <- a
	}
	close(queue)
	for range tabs {
		t.Run("onglet", func(t *testing.T) {
			t.Parallel()
			b := s.browser.tab(t)
			for address := range queue {
				s.reach(b, address)
				s.look(b, d)
				if d.classes == "" && d.language == "fr" {
					b.sound()
					b.weighs()
				}
			}
		})
	}
}

// look holds a page that was just opened to everything.
func (s *setting) look(b *browser, d display) {
	b.t.Helper()
	b.check()
	s.sides(b, d)
}

// sides holds a page that is within the accessibility rules to the rest, as
// wide as it is and narrow.
func (s *setting) sides(b *browser, d display) {
	b.t.Helper()
	s.seen.note(b)
	b.fits(d)
	b.run("narrow the screen", chromedp.EmulateViewport(320, 800))
	b.fits(d)
	if d.classes == "" {
		b.check()
	}
	b.run("widen the screen", chromedp.EmulateViewport(1280, 800))
}

// choose sets the language and the display on the settings page.
func (b *browser) choose(h *house, d display) {
	b.t.Helper()
	b.open(h.station.Kiosk() + "reglages")
	ask[bool](b, "set the display", `(() => { const f = document.querySelector("form.settings"); f.contraste.checked = f.espace.checked = f.calme.checked = false;
		f.querySelector("[name=taille][value='']").checked = true; f.langue.value = "`+d.language+`"; `+d.settings+`; f.querySelector("button").focus(); return true })()`)
	b.leave("\r")
}

// standing is what a page says of itself.
type standing struct {
	Lang, Dir, Classes string
	Over               int    // pixels beyond the screen
	Widest             string // what reaches there
	Voice              bool   // it can be read aloud
}

const standingOf = `(() => { const e = document.documentElement, over = e.scrollWidth - e.clientWidth;
  const beyond = over > 0 ? [...document.body.querySelectorAll("*")].filter(n => { const r = n.getBoundingClientRect(); return r.right > e.clientWidth + 1 || r.left < -1 }) : [];
  return {Lang: e.lang, Dir: e.dir, Classes: e.className, Over: over, Widest: beyond.slice(-3).map(n => n.outerHTML.slice(0, 90)).join(" | "),
  Voice: document.getElementById("voix") !== null} })()`

// fits fails when the page has another language, direction or mode than was
// chosen, has no voice, or needs to be scrolled sideways.
func (b *browser) fits(d display) {
	b.t.Helper()
	got := ask[standing](b, "read the page", standingOf)
	if got.Lang != d.language || got.Dir != d.direction || got.Classes != d.classes {
		b.t.Errorf("%s in %s is in %q, %q, %q; want %q, %q, %q", b.path(), d.name, got.Lang, got.Dir, got.Classes, d.language, d.direction, d.classes)
	}
	if got.Over > 0 {
		b.t.Errorf("%s in %s is %d pixels wider than the screen: %s", b.path(), d.name, got.Over, got.Widest)
	}
	if !got.Voice {
		b.t.Errorf("%s in %s cannot be read aloud", b.path(), d.name)
	}
}

// sightings are the templates that were looked at. They are safe for
// concurrent use.
type sightings struct {
	mu    sync.Mutex
	names map[string]bool
}

func (s *sightings) note(b *browser) {
	name := ask[string](b, "read the page's name", `document.body.dataset.page`)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names[name] = true
}

// complete fails for each page of kiosk-ui that nobody looked at.
func (s *sightings) complete(t *testing.T) {
	for _, name := range templates(t) {
		if !s.names[name] {
			t.Errorf("kiosk-ui/pages/%s.html was never looked at", name)
		}
	}
}
