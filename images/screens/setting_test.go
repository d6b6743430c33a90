package screens_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/device/lesson/zim/zimtest"
	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/images/stage"
)

// setting is a station that has all a station may have, in the middle of a
// workshop, one that belongs to no fleet, and a browser before them.
type setting struct {
	house       *house
	alone       *stage.Station
	browser     *browser
	room        *room
	disks       disks
	picture     *picture
	book, cycle string // where the book and the cycle are
	stick       string // the folder of the stick
	seen        *sightings
}

func openSetting(t *testing.T) *setting {
	t.Helper()
	s := &setting{room: &room{}, disks: newDisks(), stick: t.TempDir(), seen: &sightings{names: map[string]bool{}}}
	s.house = openHouse(t, withRoom(s.room), withDisks(s.disks), withStick(s.stick), withBook(&s.book), withLesson(sevenWays))
	s.picture = openPicture(s.house)
	s.alone = openAlone(t)
	s.browser = openBrowser(t)
	s.room.is(network.State{Online: true, Radio: true, Joined: "Médiathèque"})
	s.prepare(s.browser)
	return s
}

// withBook puts a book on the shelf, and says its address.
func withBook(address *string) piece {
	return func(h *house) {
		name := filepath.Join(h.t.TempDir(), "fruits.zim")
		h.must(os.WriteFile(name, zimtest.Book{Entries: []zimtest.Entry{
			{Namespace: 'C', Path: "fruits/pomme.html", Title: "La pomme", Type: "text/html", Content: `<html lang="fr"><title>La pomme</title><h1>La pomme</h1>
			<p>Une pomme se croque. <a href="https://example.org/">Ailleurs</a></p></html>`},
			{Namespace: 'M', Path: "Title", Type: "text/plain", Content: "Les fruits"},
			{Namespace: 'M', Path: "Description", Type: "text/plain", Content: "Un petit livre sur les fruits."},
			{Namespace: 'M', Path: "Language", Type: "text/plain", Content: "fra"},
			{Namespace: 'W', Path: "mainPage", To: "C/fruits/pomme.html"},
		}}.Bytes(), 0o600))
		made, err := book.Importer{}.Import(h.t.Context(), name, filepath.Join(h.station.Data(), "library"))
		h.must(err)
		*address = made.Made[0][:16]
	}
}

// openAlone starts a station that belongs to no fleet.
func openAlone(t *testing.T) *stage.Station {
	t.Helper()
	said := &journal{}
	s := &stage.Station{Bin: bin(t), Dir: t.TempDir(), Listen: "127.0.0.1:0", Log: func(string) io.Writer { return said }}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = s.Stop(ctx)
	})
	if err := s.Start(t.Context()); err != nil {
		t.Fatalf("start a station alone: %v\n%s", err, said)
	}
	return s
}

// prepare has a day behind it and one that is open, with passes validated, a
// lesson that is being made and has faults, one whose draft the disk has
// spoiled, and a cycle.
func (s *setting) prepare(b *browser) {
	b.t.Helper()
	home, passes := s.house.station.Kiosk(), s.house.numbers(1)
	b.mediates(s.house)
	b.follow("Oui, ouvrir la journée")
	b.validates(passes[0])
	b.follow("Finir la journée")
	b.write("Combien de personnes", "4")
	b.write("Combien de pass en papier", "1")
	b.leave(kb.Enter)
	b.open(home + "mediateur/journee")
	b.tick("souris")
	b.follow("Oui, ouvrir la journée")
	b.validates(passes[1])
	b.write("tapez les chiffres", passes[0])
	b.leave(kb.Enter)

	for _, lesson := range []string{"souris", "clavier"} {
		b.open(home + "mediateur/lecon/" + lesson)
		b.follow("Adapter cette leçon")
	}
	s.house.must(os.WriteFile(filepath.Join(s.house.station.Data(), "edits", "clavier-adaptee.json"), []byte("{"), 0o600))
	b.open(home + "mediateur/mes-lecons/souris-adaptee/texte/quiz.md")
	b.rewrite("Les questions", "# Questions\r\r## Une souris ?\r\r[( )] oui\r")
	b.follow("Enregistrer")
	b.open(home + "mediateur/cycles")
	b.write("Son titre", "Premiers pas")
	b.leave(kb.Enter)
	b.follow("Ajouter")
	s.cycle = filepath.Base(ask[string](b, "read the address", "location.pathname"))
	b.submit(`form[action="/mediateur/fermer"] button`)
}

// validates has one pass validated.
func (b *browser) validates(number string) {
	b.t.Helper()
	b.follow("Valider des pass")
	b.write("tapez les chiffres", number)
	b.leave(kb.Enter)
	b.see("Accepté")
}

// lock shuts mediator mode from a page that does not notice.
func (b *browser) lock() {
	b.t.Helper()
	b.sendElsewhere("/mediateur/fermer")
}

// begins sits a person down: her session is on, in whatever language she reads.
func (b *browser) begins(home string) {
	b.t.Helper()
	b.open(home)
	if !ask[bool](b, "look for the session", `"session" in document.body.dataset`) {
		b.submit(`form[action="/session/debut"] button`)
	}
}

// submit presses a button by what it is, where its words are in any language.
func (b *browser) submit(selector string) {
	b.t.Helper()
	ask[bool](b, "reach "+selector, `document.querySelector('`+selector+`').focus() ?? true`)
	b.leave(kb.Enter)
}

// sitDown begins a session in a display, with mediator mode open beside it.
func (s *setting) sitDown(b *browser, d display) {
	b.t.Helper()
	b.begins(s.house.station.Kiosk())
	b.choose(s.house, d)
	b.mediates(s.house)
}

// open opens an address and leaves judging it to the caller.
func (b *browser) open(url string) {
	b.t.Helper()
	if b.afoot {
		b.t.Fatalf("typed %s: want a way that pages lead", url)
	}
	b.run("open "+url, chromedp.Navigate(url), chromedp.WaitReady("body"))
}

// reach opens a page, and mediator mode when it has shut meanwhile.
func (s *setting) reach(b *browser, address string) {
	b.t.Helper()
	b.open(address)
	if ask[string](b, "read the page's name", `document.body.dataset.page`) == "mediator/door" {
		b.unlocks()
		b.open(address)
	}
}
