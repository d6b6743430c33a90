package screens_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/practice"
	"github.com/mallette-kit/mallette/device/screen"
)

// scene leads to pages that no address leads to, and looks at each. Each
// leaves a session on, or the next does not need one.
type scene func(*browser, display)

func (s *setting) scenes() []scene {
	return []scene{s.answers, s.cards, s.books, s.late, s.networks, s.failures, s.web, s.locked, s.withoutFleet}
}

// services are the practice services: a form refused, a telephone, a mail, a
// trap, documents, an end.
func (s *setting) services(b *browser, d display) {
	b.t.Helper()
	services := map[string]*practice.Service{}
	for _, one := range practiceServices(b.t) {
		services[one.ID] = one
	}
	p := &practising{browser: b, judge: func() { s.sides(b, d) }}
	p.sorts(s.house, services)
}

// answers are a question that was answered, and a disk that was chosen.
func (s *setting) answers(b *browser, d display) {
	b.t.Helper()
	home := s.house.station.Kiosk()
	b.open(home + "lecon/arnaque/quiz/1")
	ask[bool](b, "choose an answer", `document.querySelectorAll("main fieldset input")[1].click() ?? true`)
	b.submit(`form[action*="/quiz/"] button.go`)
	s.sides(b, d)
	b.open(home + "mediateur/installer")
	b.submit(`form[action="/mediateur/installer/choisir"] button`)
	s.sides(b, d)
}

// cards are one that is not on the stick, one that is kept there, and two
// people's on one stick.
func (s *setting) cards(b *browser, d display) {
	b.t.Helper()
	home, folder := s.house.station.Kiosk(), filepath.Join(s.stick, "ma-carte")
	s.house.must(os.RemoveAll(folder))
	b.open(home + "carte/relire")
	b.submit(`form[action="/carte/cle"] button`)
	s.sides(b, d)
	b.open(home + "carte")
	ask[bool](b, "say what was done", `(document.querySelector("form.settings [name=aide]").checked = true)`)
	b.submit(`form[action="/carte"] button`)
	s.sides(b, d)
	b.submit(`form[action="/carte/garder"] button`)
	s.sides(b, d)
	s.house.must(os.Link(filepath.Join(folder, "ma-carte.svg"), filepath.Join(folder, "ma-carte-2.svg")))
	b.open(home + "carte/relire")
	b.submit(`form[action="/carte/cle"] button`)
	s.sides(b, d)
}

// late are words that come when another window has changed the text, then when
// the door has shut.
func (s *setting) late(b *browser, d display) {
	b.t.Helper()
	const page = "mediateur/mes-lecons/souris-adaptee/texte/etapes/2-tenir.md"
	b.open(s.house.station.Kiosk() + page)
	b.sendElsewhere("/" + page)
	b.rewrite("Le texte", "# Bien tenir la souris\r\rIci.\r")
	b.follow("Enregistrer")
	b.see("Ce texte a changé entre-temps")
	s.sides(b, d)
	b.lock()
	b.follow("Enregistrer")
	b.see("Le mode médiation s’est fermé")
	s.sides(b, d)
	b.unlocks()
	b.see("C’est enregistré")
}

// networks are the pages of the network as rooms differ.
func (s *setting) networks(b *browser, d display) {
	b.t.Helper()
	for _, state := range []network.State{
		{Reason: network.OutOfRange, Radio: true},
		{Reason: network.Portal, Portal: "http://portail.example/une/adresse/qui/ne/finit/pas?" + "x=0123456789012345678901234567890123456789"},
		{Reason: network.NoCable},
	} {
		s.room.is(state)
		for _, page := range []string{"mediateur/reseau", "mediateur/pret"} {
			b.open(s.house.station.Kiosk() + page)
			s.look(b, d)
		}
	}
	s.room.is(network.State{Online: true, Radio: true, Joined: "Médiathèque"})
}

// failures are the four pages of something that went wrong.
func (s *setting) failures(b *browser, d display) {
	b.t.Helper()
	for _, spoil := range []string{`f.jeton.value = "0"`, `f.jeton.value = "x".repeat(70000)`} {
		b.open(s.house.station.Kiosk() + "reglages")
		ask[bool](b, "spoil the form", `(() => { const f = document.querySelector("form.settings"); `+spoil+`; f.querySelector("button").focus(); return true })()`)
		b.leave(kb.Enter)
		b.failed(spoil)
		s.sides(b, d)
	}
	for _, address := range []string{"nulle-part", "mediateur/mes-lecons/clavier-adaptee"} {
		b.open(s.house.station.Kiosk() + address)
		b.failed(address)
		s.look(b, d)
	}
}

// failed makes sure that the page is the one that says so.
func (b *browser) failed(by string) {
	b.t.Helper()
	if page := ask[string](b, "read the page's name", `document.body.dataset.page`); page != "failure" {
		b.t.Errorf("%s led to the page %q; want that of a failure", by, page)
	}
}

// web is the way to the open web, the page that leads back, and what comes of
// a stick. It ends the session.
func (s *setting) web(b *browser, d display) {
	b.t.Helper()
	b.open(s.house.station.Kiosk() + "aide")
	s.look(b, d)
	b.submit(`form[action="/web/ouvrir"] button`)
	s.sides(b, d)
	back := <-s.picture.web
	for _, problem := range []screen.Problem{screen.StickMissing, screen.StickUnread, screen.None} {
		s.picture.stick.Store(&problem)
		b.open(back)
		b.submit(`form[action="/web/cle"] button`)
		s.sides(b, d)
	}
	b.heardHere()
	b.submit(`form[action="/web/fermer"] button`)
	s.sides(b, d)
}

// heardHere fails when the page cannot make the station speak.
func (b *browser) heardHere() {
	b.t.Helper()
	if !ask[bool](b, "speak", `fetch("/voix/mots?langue=fr&texte=Bonjour").then(r => r.ok)`, chromedp.EvalAwaitPromise) {
		b.t.Errorf("%s: the station does not speak here", b.path())
	}
}

// locked is the last page of a session, and what there is before the next.
func (s *setting) locked(b *browser, d display) {
	b.t.Helper()
	home := s.house.station.Kiosk()
	b.begins(home)
	b.choose(s.house, d)
	b.open(home)
	b.submit(".finish")
	s.sides(b, d)
	b.choose(s.house, d)
	b.lock()
	for _, page := range []string{"", "mediateur", "aide", "reglages", "ou-trouver-de-l-aide", "accessibilite", "nulle-part"} {
		b.open(home + page)
		s.look(b, d)
	}
}

// withoutFleet are the pages of a station that belongs to none.
func (s *setting) withoutFleet(b *browser, d display) {
	b.t.Helper()
	home := s.alone.Kiosk()
	b.open(home)
	b.choose(&house{station: s.alone}, d)
	for _, page := range []string{"", "mediateur", "mediateur/rejoindre", "mediateur/pret"} {
		b.open(home + page)
		s.look(b, d)
	}
	b.open(home + "mediateur/rejoindre")
	b.asksFleet("pas une adresse")
	s.sides(b, d)
	b.asksFleet(silent(b.t))
	b.open(home + "mediateur/rejoindre/code?calme=1")
	s.look(b, d)
	b.submit(`form[action="/mediateur/rejoindre/code/arreter"] button`)
}

// silent is the address of a fleet that takes calls and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// asksFleet has the station ask the fleet at an address.
func (b *browser) asksFleet(at string) {
	b.t.Helper()
	ask[bool](b, "say which fleet", `(document.getElementById("adresse").value = "`+at+`", true)`)
	b.submit(`form[action="/mediateur/rejoindre/code"] button`)
}

// installs begins an installation and ends it: that is done once.
func (s *setting) installs(t *testing.T) {
	b, home := s.browser.with(t), s.house.station.Kiosk()
	s.sitDown(b, displays()[0])
	b.open(home + "mediateur/installer")
	b.follow("Choisir le disque nvme0n1")
	b.write("Pour confirmer, tapez le nom du disque", "nvme0n1")
	b.leave(kb.Enter)
	<-s.disks.begun
	s.everyWay(b, home+"mediateur/installer/suivi?calme=1", "40 %")
	close(s.disks.end)
	s.everyWay(b, home+"mediateur/installer/suivi?calme=1", "Retirez la clé")
}

// everyWay looks at a page that says the words in each display of this run.
func (s *setting) everyWay(b *browser, address, words string) {
	b.t.Helper()
	for _, d := range usual() {
		b.choose(s.house, d)
		b.open(address)
		b.see(words)
		s.look(b, d)
	}
}
