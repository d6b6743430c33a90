package screens_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/images/stage"
)

// TestConsoleByKeyboard follows an operator from the first sign-in to the
// report in which a pass validated at a station a moment ago is counted.
func TestConsoleByKeyboard(t *testing.T) {
	h := openHouse(t)
	b := openBrowser(t)
	b.validate(h, h.numbers(1)[0])

	b.visit("http://" + h.fleet.Console + "/")
	b.picture("connexion")
	b.signIn("admin", h.password)
	b.see("Mot de passe actuel")
	b.write("Mot de passe actuel", h.password)
	b.write("Nouveau mot de passe", "quatre mots bien choisis")
	b.write("encore une fois", "quatre mots bien choisis")
	b.leave(kb.Enter)

	for _, page := range []struct{ menu, sees string }{
		{"Postes", "Poste médiateur"},
		{"Structures, lieux", "Halle du marché"},
		{"Lots de pass", "Deux-Rives"},
		{"Validations", "Médiathèque du Pont"},
		{"Bordereaux", "Bordereaux"},
		{"Usages", "Médiathèque du Pont"},
		{"Bilan des pass", "Médiathèque du Pont"},
		{"Alarmes", "Alarmes"},
		{"Enrôlement", "Enrôlement"},
		{"Cartes de médiateur", "Démonstration"},
		{"Personnes", "admin"},
		{"Journal", "kitctl"},
		{"Vue d’ensemble", "Vue d’ensemble"},
	} {
		b.follow(page.menu)
		b.see(page.sees)
		b.picture(page.menu)
	}
	b.follow("Lots de pass")
	b.follow("Lot 1")
	b.await("1 sur 10")
	b.picture("lot")
}

// validate opens the day at the station and validates a pass there.
func (b *browser) validate(h *house, number string) {
	b.t.Helper()
	b.visit(h.station.Kiosk() + "mediateur")
	b.write("Code secret", stage.PIN)
	b.leave(kb.Enter)
	b.follow("Oui, ouvrir la journée")
	b.follow("Valider des pass")
	b.write("tapez les chiffres", number)
	b.leave(kb.Enter)
	b.see("Accepté")
}

func (b *browser) signIn(login, password string) {
	b.t.Helper()
	b.write("Identifiant", login)
	b.write("Mot de passe", password)
	b.leave(kb.Enter)
}
