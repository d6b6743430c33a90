package kiosk_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/zim"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
)

// fakeBringer says what a test wants of a book on its way.
type fakeBringer struct {
	now    kiosk.Bringing
	asked  []string
	offers []book.Offer
	free   int64
}

func (f *fakeBringer) Begin(name string) {
	f.asked = append(f.asked, name)
	f.now = kiosk.Bringing{Begun: true, Running: true}
}
func (f *fakeBringer) Stop()                      { f.asked = append(f.asked, "stop") }
func (f *fakeBringer) Bringing() kiosk.Bringing   { return f.now }
func (f *fakeBringer) Offers(string) []book.Offer { return f.offers }
func (f *fakeBringer) Free() (int64, error)       { return f.free, nil }

// lending is a station whose mediator brings books.
type lending struct {
	*mediation
	bringer *fakeBringer
	shelf   *book.Shelf
	stick   string
}

func newLending(t *testing.T) *lending {
	t.Helper()
	l := &lending{bringer: &fakeBringer{free: 2_500_000_000}, stick: t.TempDir(), shelf: &book.Shelf{Dir: t.TempDir(), Fleet: t.TempDir()}}
	pages := &kiosk.Books{Shelf: l.shelf, Bringer: l.bringer, Stick: kiosk.StickAt(l.stick)}
	l.mediation = newMediationWith(t, func(part *kiosk.Mediator) { pages.Mediator = part }, pages, &kiosk.Library{Shelf: l.shelf})
	return l
}

func TestOnlyAMediatorBringsBooks(t *testing.T) {
	l := newLending(t)
	r := &reading{station: l.station, dir: l.shelf.Dir}
	r.brings()
	short := l.shelf.Books()[0].Short()
	for _, path := range []string{"/prendre", "/arreter", "/" + short + "/retirer"} {
		if code, _ := l.post("/mediateur/livres"+path, url.Values{"fichier": {"x.zim"}}); code != 403 {
			t.Errorf("POST %s with a shut door = %d; want 403", path, code)
		}
	}
	if _, page := l.get("/mediateur/livres"); strings.Contains(page, "Les livres de ce poste") {
		t.Error("somebody without a card sees the page")
	}
	if len(l.bringer.asked) > 0 || len(l.shelf.Books()) != 1 {
		t.Errorf("asked for %v, %d books; want nothing done", l.bringer.asked, len(l.shelf.Books()))
	}
}

func TestAMediatorBringsABook(t *testing.T) {
	l := newLending(t)
	l.unlock()
	l.bringer.offers = []book.Offer{
		{Name: "mallette-livres/vikidia.zim", Size: 1_200_000_000, Need: 2_400_000_000,
			Meta: book.Meta{Title: "Vikidia", Description: "Pour les enfants", Licence: "CC BY-SA", Creator: "Vikidia", Language: "fr"}},
		{Name: "trop.zim", Size: 2_000_000_000, Need: 4_000_000_000, Meta: book.Meta{Title: "Très gros"}},
		{Name: "faux.zim", Err: fmt.Errorf("x: %w", zim.ErrCut)},
	}
	_, page := l.get("/mediateur/catalogue")
	has(t, page, `href="/mediateur/livres"`)
	_, page = l.get("/mediateur/livres")
	has(t, page, "0 sur ce poste", "2,5 Go", "Vikidia", "vikidia.zim", "1,2 Go", "2,4 Go", "CC BY-SA", "Apporter sur le poste", "pas assez de place", "faux.zim", "incomplet")
	if n := strings.Count(page, "/mediateur/livres/prendre"); n != 1 {
		t.Errorf("%d books can be taken; want the one that fits", n)
	}
	_, page = l.post("/mediateur/livres/prendre", url.Values{"fichier": {"mallette-livres/vikidia.zim"}})
	has(t, page, "Laissez la clé en place", "vérifie d’abord le fichier", "Arrêter la copie")
	l.bringer.now.Done, l.bringer.now.Total = 30, 100
	_, page = l.get("/mediateur/livres?calme=1")
	has(t, page, "30 % sont faits", "Suivre tout seul")
	l.post("/mediateur/livres/arreter", url.Values{})
	l.bringer.now = kiosk.Bringing{Begun: true, Title: "Vikidia"}
	_, page = l.get("/mediateur/livres")
	has(t, page, "« Vikidia » est sur le poste. Vous pouvez retirer la clé.")
	if got := fmt.Sprint(l.bringer.asked); got != "[mallette-livres/vikidia.zim stop]" {
		t.Errorf("asked for %s; want the book, then its end", got)
	}
	r := &reading{station: l.station, dir: l.shelf.Dir}
	r.brings()
	l.bringer.offers = []book.Offer{{Name: "encore.zim", Size: 1, Need: 1, Meta: l.shelf.Books()[0].Meta}}
	_, page = l.get("/mediateur/livres")
	has(t, page, "Ce livre est déjà sur le poste.")
	if strings.Contains(page, "/mediateur/livres/prendre") {
		t.Error("a book that is there can be brought again")
	}
	if err := os.Remove(l.stick); err != nil {
		t.Fatal(err)
	}
	_, page = l.get("/mediateur/livres")
	has(t, page, "Aucune clé n’est branchée")
}

func TestWhyABookDidNotCome(t *testing.T) {
	l := newLending(t)
	l.unlock()
	for _, tt := range []struct {
		err  error
		says string
	}{
		{importer.ErrSpace, "pas assez de place"},
		{fmt.Errorf("write book: %w", syscall.ENOSPC), "pas assez de place"},
		{fmt.Errorf("read zim: %w", syscall.EIO), "retirée trop tôt"},
		{zim.ErrDamaged, "abîmé"},
		{zim.ErrOverlap, "par prudence"},
		{zim.ErrTooLarge, "trop gros pour être préparé ici"},
		{book.ErrDamaged, "son nom d’origine"},
		{book.ErrThere, "déjà sur le poste"},
		{book.ErrFull, "déjà 100 livres"},
		{context.Canceled, "a été arrêtée"},
		{kiosk.ErrNoStick, "Aucune clé"},
		{kiosk.ErrStickBusy, "déjà utilisée"},
		{errors.New("x"), "n’a pas pu être copié"},
	} {
		l.bringer.now = kiosk.Bringing{Begun: true, Problem: tt.err}
		_, page := l.get("/mediateur/livres")
		has(t, page, tt.says)
	}
}

func TestABookIsRemoved(t *testing.T) {
	l := newLending(t)
	l.unlock()
	r := &reading{station: l.station, dir: l.shelf.Dir}
	r.brings()
	ours := l.shelf.Books()[0]
	_, page := l.get("/mediateur/livres")
	has(t, page, "1 sur ce poste", "Les fruits", "Retirer ce livre", "moins de 1 Mo", "non précisée")
	_, page = l.post("/mediateur/livres/"+ours.Short()+"/retirer", url.Values{})
	has(t, page, "Le livre est retiré", "0 sur ce poste")
	if code, _ := l.post("/mediateur/livres/"+ours.Short()+"/retirer", url.Values{}); code != 404 {
		t.Errorf("removed twice = %d; want 404", code)
	}
	r.dir = l.shelf.Fleet
	r.brings()
	_, page = l.get("/mediateur/livres")
	has(t, page, "votre coordination")
	if strings.Contains(page, "Retirer ce livre") {
		t.Error("a book of the fleet can be removed")
	}
	code, page := l.post("/mediateur/livres/"+ours.Short()+"/retirer", url.Values{})
	has(t, page, "ne s’enlève pas d’ici")
	if _, err := os.Stat(filepath.Join(l.shelf.Fleet, ours.ID+book.Ext)); code != 409 || err != nil {
		t.Errorf("a book of the fleet: %d, %v; want it refused and there", code, err)
	}
}

// What is in books is found from the home page and by the search of lessons.
func TestABookIsFoundFromHome(t *testing.T) {
	r := newReading(t)
	if _, page := r.get("/"); strings.Contains(page, "/bibliotheque") {
		t.Error("the home page leads to an empty library")
	}
	r.brings()
	_, page := r.get("/")
	has(t, page, `href="/bibliotheque"`)
	_, page = r.get("/lecons?mots=pommes")
	has(t, page, "1 page de la bibliothèque", r.root+"/lire/", "Les fruits")
	for lang, words := range map[string]string{"en": "1 page of the library", "ar": "صفحة واحدة من المكتبة"} {
		r.post("/reglages", url.Values{"langue": {lang}})
		_, page := r.get("/lecons?mots=pommes")
		has(t, page, words)
	}
}
