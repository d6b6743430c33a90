package screens_test

import (
	"encoding/json"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/device/practice"
)

func practiceServices(t *testing.T) []*practice.Service {
	t.Helper()
	all, err := practice.Open(practice.Files())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// practising is a person before one of the fictitious services.
type practising struct {
	*browser
	judge func() // holds the page to what is asked of it
	home  string
}

func (p *practising) begin(h *house, service string) {
	p.t.Helper()
	p.home = h.station.Kiosk() + "entrainement/" + service
	p.visit(p.home)
	p.judge()
	ask[bool](p.browser, "reach the guide", `document.querySelector("form.prac-modes button[value=oui]").focus() ?? true`)
	p.leave(kb.Enter)
}

func (p *practising) goes(screen string) {
	p.t.Helper()
	p.visit(p.home + "/" + screen)
	p.judge()
}

// presses presses a button of the page, as the page is.
func (p *practising) presses(do string) {
	p.t.Helper()
	ask[bool](p.browser, "reach "+do, `document.querySelector("button[name=geste][value=`+do+`]").focus() ?? true`)
	p.leave(kb.Enter)
	p.judge()
}

// fills writes the fields of a screen as its papers say.
func (p *practising) fills(s *practice.Service, screen string) {
	p.t.Helper()
	values := map[string]string{}
	sc, _ := s.Screen(screen)
	for _, f := range sc.Fields {
		switch {
		case f.Kind == practice.Password && f.Expect == "":
			values[f.Name] = "trois canards en ville"
		case f.Kind == practice.Tick && !f.Free:
			values[f.Name] = "oui"
		case f.Expect == "" && len(f.Picks) > 1:
			values[f.Name] = f.Picks[1].Value
		default:
			values[f.Name] = f.Expect
		}
	}
	raw, _ := json.Marshal(values)
	ask[bool](p.browser, "fill the form in", `(() => { for (const [name, v] of Object.entries(`+string(raw)+`)) for (const e of document.getElementsByName(name)) {
		if (e.type === "radio") e.checked = e.value === v; else if (e.type === "checkbox") e.checked = v !== ""; else e.value = v;
	} const code = document.getElementById("c-code"); if (code) code.value = [...document.querySelectorAll(".prac-phone li")].pop().innerText.match(/\d{6}/)[0]; return true })()`)
}

// lives opens every screen of a service, sends each form empty, then as its
// papers say.
func (p *practising) lives(h *house, s *practice.Service) {
	p.t.Helper()
	p.begin(h, s.ID)
	for _, sc := range s.Screens {
		p.goes(sc.ID)
		p.picture(s.ID + "-" + sc.ID)
		for i, b := range sc.Buttons {
			if b.Loose {
				continue
			}
			if i > 0 {
				p.goes(sc.ID)
			}
			if len(sc.Fields) > 0 {
				p.presses(b.Do)
				p.picture(s.ID + "-" + sc.ID + "-" + b.Do)
			}
			p.fills(s, sc.ID)
			p.presses(b.Do)
		}
	}
	p.goes("bilan")
	p.picture(s.ID + "-bilan")
}

// TestEveryPracticeScreen holds every screen of every service, empty, refused
// and told, to the accessibility rules and to the width of the screen.
func TestEveryPracticeScreen(t *testing.T) {
	h := openHouse(t)
	for _, s := range practiceServices(t) {
		t.Run(s.ID, func(t *testing.T) {
			b := openBrowser(t)
			p := &practising{browser: b, judge: func() { b.fits(displays()[0]) }}
			p.visit(h.station.Kiosk())
			if !ask[bool](p.browser, "look for the session", `"session" in document.body.dataset`) {
				p.follow("Commencer")
			}
			p.lives(h, s)
		})
	}
}

// sorts shows a form refused, a telephone, a mail, a trap, documents, a list
// and an end.
func (p *practising) sorts(h *house, services map[string]*practice.Service) {
	p.t.Helper()
	p.begin(h, "compte")
	p.picture("accueil")
	p.goes("identite")
	p.presses("continuer")
	p.picture("refus")
	p.fills(services["compte"], "identite")
	p.presses("continuer")
	p.fills(services["compte"], "secret")
	p.presses("continuer")
	p.picture("telephone")
	p.begin(h, "courrier")
	p.picture("boite")
	p.goes("colis")
	p.picture("message")
	p.goes("clic")
	p.picture("piege")
	p.begin(h, "aides")
	p.goes("logement")
	p.fills(services["aides"], "logement")
	p.presses("suivant")
	p.picture("documents")
	p.goes("bilan")
	p.picture("bilan")
}

// makesAccount creates an account, with the mistakes people make.
func (w *walk) makesAccount() {
	w.t.Helper()
	w.follow("Commencer")
	w.follow("S’entraîner aux démarches")
	w.account()
	w.ends()
}

// findsPassword goes there by what people have to do, and finds a password.
func (w *walk) findsPassword() {
	w.t.Helper()
	w.follow("Commencer")
	w.follow("Ce que je dois faire")
	w.follow("Voir les services")
	w.lostPassword()
}

func (b *browser) account() {
	b.t.Helper()
	b.follow("Créer un compte")
	b.follow("Avec un guide")
	b.see("rien n’est envoyé")
	b.follow("Créer un compte")
	b.sends("Continuer", "Prénom", "Camille", "Nom", "Essai", "Adresse électronique", "camille.essai@courrier", "mobile", "06 39 98 00 42")
	b.see("reste à revoir")
	b.reach("Prénom")
	b.press(kb.Tab + kb.Tab) // into the address, all of it chosen
	b.press("camille.essai@courrier.example")
	b.follow("Continuer")
	b.write("Choisissez un mot de passe", "trois canards en ville")
	b.write("encore une fois", "trois canards en ville")
	b.tick("j’accepte")
	b.follow("Recevoir un code")
	b.see("428613")
	b.sends("Valider", "Code reçu", "428 614")
	b.see("Relisez le téléphone")
	b.follow("Recevoir un autre code")
	b.see("907254")
	b.sends("Valider", "Code reçu", "907254")
	b.see("Bienvenue, Camille")
	b.follow("Ce que j’ai réussi")
	b.see("Bravo")
	b.picture("compte")
}

func (b *browser) lostPassword() {
	b.t.Helper()
	b.follow("Mot de passe perdu")
	b.follow("Sans guide")
	b.follow("Mot de passe oublié")
	b.sends("Recevoir le lien", "Adresse électronique", "camille.essai@courrier.example")
	b.follow("Ouvrir la boîte")
	b.follow("expire AUJOURD")
	b.follow("Envoyer mon ancien mot de passe")
	b.see("Regardons ensemble")
	b.follow("Revenir aux messages")
	b.follow("Les Bains de Lunaire")
	b.follow("Choisir un nouveau mot de passe")
	b.sends("Changer le mot de passe", "Nouveau mot de passe", "un parapluie sous la lune", "encore une fois", "un parapluie sous la lune")
	b.sends("Se connecter", "Adresse électronique", "camille.essai@courrier.example", "Nouveau mot de passe", "un parapluie sous la lune")
	b.see("Bonjour Camille")
	b.follow("Ce que j’ai réussi")
	b.see("Choisir un nouveau mot de passe")
	b.picture("motdepasse")
	b.follow("J’ai fini")
}
