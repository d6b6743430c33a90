package practice_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/practice"
)

var noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

// step is one thing a person does: look at a screen, or press a button of it.
type step struct {
	screen, do string
	form       url.Values // over what the papers say
}

// person does what the papers say, step by step.
type person struct {
	t   testing.TB
	s   *practice.Service
	v   practice.Visit
	now time.Time
}

func newPerson(t testing.TB, id string) *person {
	s := service(t, id)
	return &person{t: t, s: s, v: s.Begin(true), now: noon}
}

func (p *person) does(steps ...step) *person {
	p.t.Helper()
	for _, st := range steps {
		var err error
		if st.do == "" {
			p.v, err = p.s.Look(p.v, st.screen)
		} else {
			p.v, err = p.s.Press(p.v, st.screen, st.do, p.form(st), p.now)
		}
		if err != nil {
			p.t.Fatalf("%s %s %s: %v", p.s.ID, st.screen, st.do, err)
		}
	}
	return p
}

// form fills a screen in as its papers say.
func (p *person) form(st step) url.Values {
	form := url.Values{}
	sc, _ := p.s.Screen(st.screen)
	for _, f := range sc.Fields {
		switch {
		case f.Kind == practice.Code:
			form.Set(f.Name, p.s.Codes[(p.v.Sent+len(p.s.Codes)-1)%len(p.s.Codes)])
		case f.Kind == practice.Password && f.Expect == "":
			form.Set(f.Name, "trois canards en ville")
		case f.Kind == practice.Tick && !f.Free:
			form.Set(f.Name, "on")
		case f.Expect == "" && len(f.Picks) > 1:
			form.Set(f.Name, f.Picks[1].Value)
		default:
			form.Set(f.Name, f.Expect)
		}
	}
	for name, values := range st.form {
		form[name] = values
	}
	return form
}

func (p *person) at(want string) {
	p.t.Helper()
	if p.v.Screen != want {
		p.t.Fatalf("%s: at %s with %v, %q; want %s", p.s.ID, p.v.Screen, p.v.Problems, p.v.Waits, want)
	}
}

// ways are each service lived to its end, with nothing wrong.
var ways = map[string][]step{
	"compte": {{screen: "identite"}, {screen: "identite", do: "continuer"}, {screen: "secret", do: "continuer"}, {screen: "code", do: "valider"}},
	"courrier": {{screen: "reunion"}, {screen: "reunion", do: "garder"}, {screen: "colis"}, {screen: "colis", do: "signaler"},
		{screen: "college"}, {screen: "college", do: "garder"}, {screen: "banque"}, {screen: "banque", do: "signaler"},
		{screen: "dentiste"}, {screen: "dentiste", do: "garder"}, {screen: "amie"}, {screen: "amie", do: "signaler"}, {screen: "boite", do: "finir"}},
	"declaration": {{screen: "accueil", do: "entrer"}, {screen: "foyer", do: "suivant"}, {screen: "revenus", do: "suivant"},
		{screen: "dons", do: "suivant"}, {screen: "verification", do: "signer"}},
	"aides": {{screen: "logement"}, {screen: "logement", do: "suivant"}, {screen: "pieces", do: "envoyer"}, {screen: "virement", do: "envoyer"}},
	"rendezvous": {{screen: "accueil", do: "chercher"}, {screen: "creneaux", do: "choisir"}, {screen: "coordonnees", do: "confirmer"},
		{screen: "deplacer"}, {screen: "deplacer", do: "deplacer"}},
	"achat": {{screen: "vendeur"}, {screen: "panier"}, {screen: "panier", do: "payer"}, {screen: "carte", do: "continuer"}, {screen: "banque", do: "valider"}},
	"ecole": {{screen: "accueil", do: "entrer"}, {screen: "message"}, {screen: "message", do: "repondre"}, {screen: "devoirs"},
		{screen: "devoirs", do: "vu"}, {screen: "absence"}, {screen: "absence", do: "envoyer"}, {screen: "tableau", do: "quitter"}},
	"motdepasse": {{screen: "oubli"}, {screen: "oubli", do: "envoyer"}, {screen: "boite"}, {screen: "vrai"}, {screen: "nouveau"},
		{screen: "nouveau", do: "changer"}, {screen: "connexion", do: "entrer"}},
}

func TestEveryServiceIsLivedToItsEnd(t *testing.T) {
	for _, s := range services(t) {
		t.Run(s.ID, func(t *testing.T) {
			p := newPerson(t, s.ID)
			p.does(ways[s.ID]...).at("fini")
			if !s.Finished(p.v) {
				t.Error("not finished at the last screen")
			}
			for _, g := range s.Told(p.v) {
				if !g.Reached {
					t.Errorf("%s was not achieved", g.Fact)
				}
			}
		})
	}
}

func TestWhatIsNotYetRight(t *testing.T) {
	tests := []struct {
		name, service string
		before        int // steps of the service's way
		step          step
		field         string
		want          practice.Problem
	}{
		{"nothing typed", "compte", 1, step{"identite", "continuer", url.Values{"courriel": {"  "}}}, "courriel", practice.Missing},
		{"another address", "compte", 1, step{"identite", "continuer", url.Values{"courriel": {"camille.essai@courrier"}}}, "courriel", practice.Other},
		{"a short password", "compte", 2, step{"secret", "continuer", url.Values{"secret": {"canard"}}}, "secret", practice.Short},
		{"a password with the name", "compte", 2, step{"secret", "continuer", url.Values{"secret": {"Camille-2026-essai"}}}, "secret", practice.Weak},
		{"one letter repeated", "compte", 2, step{"secret", "continuer", url.Values{"secret": {"aaaaaaaaaaaaaa"}}}, "secret", practice.Weak},
		{"two passwords", "compte", 2, step{"secret", "continuer", url.Values{"secret2": {"trois canards en mer"}}}, "secret2", practice.Differs},
		{"a box not ticked", "compte", 2, step{"secret", "continuer", url.Values{"regles": {""}}}, "regles", practice.Unticked},
		{"a wrong code", "compte", 3, step{"code", "valider", url.Values{"code": {"000000"}}}, "code", practice.Other},
		{"a bank's wrong code", "achat", 4, step{"banque", "valider", url.Values{"code": {"1"}}}, "code", practice.Other},
		{"a prefilled mistake left", "declaration", 2, step{"revenus", "suivant", url.Values{"salaire": {"1 468"}}}, "salaire", practice.Other},
		{"an upload missing", "aides", 2, step{"pieces", "envoyer", url.Values{"rib": nil}}, "rib", practice.NoFile},
		{"a file that is not offered", "aides", 2, step{"pieces", "envoyer", url.Values{"rib": {"/etc/passwd"}}}, "rib", practice.NoFile},
		{"the cat's picture", "aides", 2, step{"pieces", "envoyer", url.Values{"identite": {"chat"}}}, "identite", practice.Other},
		{"an old receipt", "aides", 2, step{"pieces", "envoyer", url.Values{"quittance": {"ancienne"}}}, "quittance", practice.Other},
		{"rent with charges", "aides", 1, step{"logement", "suivant", url.Values{"loyer": {"450,50"}}}, "loyer", practice.Other},
		{"no time chosen", "rendezvous", 1, step{"creneaux", "choisir", url.Values{"creneau": nil}}, "creneau", practice.Missing},
		{"another card", "achat", 3, step{"carte", "continuer", url.Values{"numero": {"4000111122223333"}}}, "numero", practice.Other},
		{"capitals of a password", "ecole", 0, step{"accueil", "entrer", url.Values{"passe": {"nuage-bleu-27"}}}, "passe", practice.Other},
		{"the forgotten password again", "motdepasse", 6, step{"connexion", "entrer", url.Values{"passe": {"un autre encore une fois"}}}, "passe", practice.Differs},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPerson(t, tt.service).does(ways[tt.service][:tt.before]...).does(tt.step)
			p.at(tt.step.screen)
			if got := p.v.Problems[tt.field]; got != tt.want {
				t.Errorf("problem of %s = %q; want %q", tt.field, got, tt.want)
			}
			if _, err := p.s.Press(p.v, tt.step.screen, tt.step.do, p.form(step{screen: tt.step.screen}), p.now); err != nil {
				t.Errorf("second try: %v", err)
			}
		})
	}
}

func TestWhatCountsAsTheSame(t *testing.T) {
	tests := []struct {
		name, service string
		before        int
		step          step
	}{
		{"spaces in a telephone number", "compte", 1, step{"identite", "continuer", url.Values{"mobile": {"06 39.98 00-42"}}}},
		{"capitals in a name", "compte", 1, step{"identite", "continuer", url.Values{"nom": {" ESSAI "}}}},
		{"a code with a space", "compte", 3, step{"code", "valider", url.Values{"code": {"428 613"}}}},
		{"euros and spaces", "declaration", 2, step{"revenus", "suivant", url.Values{"salaire": {"14 680,00 €"}}}},
		{"a point for cents", "aides", 1, step{"logement", "suivant", url.Values{"loyer": {"412.5"}}}},
		{"a date with points", "aides", 1, step{"logement", "suivant", url.Values{"entree": {"01.03.2020"}}}},
		{"no accent, other apostrophe", "achat", 2, step{"panier", "payer", url.Values{"adresse": {"3 rue de l'entrainement"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPerson(t, tt.service).does(ways[tt.service][:tt.before]...).does(tt.step)
			if len(p.v.Problems) != 0 || p.v.Screen == tt.step.screen {
				t.Errorf("at %s with %v; want the next screen", p.v.Screen, p.v.Problems)
			}
		})
	}
}

func TestCodes(t *testing.T) {
	p := newPerson(t, "compte").does(ways["compte"][:3]...)
	first := p.s.Codes[0]
	if len(p.v.Notes) != 1 || !strings.Contains(p.v.Notes[0], first) {
		t.Fatalf("phone = %q; want the code %s", p.v.Notes, first)
	}
	p.now = noon.Add(practice.CodeLife + time.Second)
	p.does(step{"code", "valider", nil})
	if got := p.v.Problems["code"]; got != practice.Expired {
		t.Errorf("late code = %q; want %q", got, practice.Expired)
	}
	p.does(step{"code", "renvoyer", nil}, step{"code", "valider", url.Values{"code": {first}}})
	if got := p.v.Problems["code"]; got != practice.Replaced {
		t.Errorf("first code after a second = %q; want %q", got, practice.Replaced)
	}
	p.does(step{"code", "valider", nil}).at("fini")
}

func TestThePhoneKeepsAFewNotes(t *testing.T) {
	p := newPerson(t, "compte").does(ways["compte"][:3]...)
	for range 20 {
		p.does(step{"code", "renvoyer", nil})
	}
	if n := len(p.v.Notes); n != 6 {
		t.Errorf("phone keeps %d notes; want 6", n)
	}
}

func TestTrapsExplainAndLeadBack(t *testing.T) {
	tests := []struct {
		name, service string
		steps         []step
		trap, fact    string
	}{
		{"a parcel's link", "courrier", []step{{screen: "colis"}, {screen: "clic"}}, "clic", "courrier_clic"},
		{"a bank's link", "courrier", []step{{screen: "banque"}, {screen: "clic"}}, "clic", "courrier_clic"},
		{"a trap that is kept", "courrier", []step{{screen: "colis"}, {"colis", "garder", nil}}, "pascolis", ""},
		{"money for a friend", "courrier", []step{{screen: "amie"}, {"amie", "garder", nil}}, "pasamie", ""},
		{"an honest one reported", "courrier", []step{{screen: "college"}, {"college", "signaler", nil}}, "pascollege", ""},
		{"an option ticked beforehand", "achat", []step{{screen: "panier"}, {"panier", "payer", url.Values{"option": {"on"}}}}, "coche", "achat_option"},
		{"a time in the morning", "rendezvous", []step{{"accueil", "chercher", nil}, {"creneaux", "choisir", url.Values{"creneau": {"m9"}}}}, "matin", ""},
		{"the other message", "motdepasse", append(ways["motdepasse"][:3:3], step{screen: "faux"}, step{screen: "piege"}), "piege", "motdepasse_piege"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPerson(t, tt.service).does(tt.steps...)
			p.at(tt.trap)
			sc, _ := p.s.Screen(tt.trap)
			if !sc.Trap || len(sc.Links) == 0 {
				t.Errorf("%s does not explain, or has no way back", tt.trap)
			}
			if tt.fact != "" && !p.v.Facts[tt.fact] {
				t.Errorf("%s is not told at the end", tt.fact)
			}
			p.does(step{screen: sc.Links[0].Goto})
		})
	}
}

func TestABoxIsFinishedWhenAllIsSorted(t *testing.T) {
	p := newPerson(t, "courrier").does(ways["courrier"][:4]...).does(step{"boite", "finir", nil})
	p.at("boite")
	if p.v.Waits == "" {
		t.Error("nothing says that messages are left")
	}
}

func TestNoScreenBeforeItsTurn(t *testing.T) {
	p := newPerson(t, "declaration")
	if _, err := p.s.Look(p.v, "fini"); !errors.Is(err, practice.ErrAway) {
		t.Errorf("Look(fini) = %v; want ErrAway", err)
	}
	if _, err := p.s.Press(p.v, "verification", "signer", url.Values{}, noon); !errors.Is(err, practice.ErrAway) {
		t.Errorf("Press(verification) = %v; want ErrAway", err)
	}
	for _, err := range []error{second(p.s.Look(p.v, "rien")), second(p.s.Press(p.v, "accueil", "rien", nil, noon)), second(p.s.Press(p.v, "rien", "entrer", nil, noon))} {
		if !errors.Is(err, practice.ErrUnknown) {
			t.Errorf("what is not there = %v; want ErrUnknown", err)
		}
	}
}

func second(_ practice.Visit, err error) error { return err }

func TestAVisitIsAValue(t *testing.T) {
	p := newPerson(t, "compte").does(ways["compte"][0])
	before := p.v
	p.does(ways["compte"][1])
	if before.Screen != "identite" || before.Facts["compte_identite"] || before.Values["courriel"] != "" {
		t.Errorf("an earlier visit changed: %+v", before)
	}
}

func TestSecretsDoNotComeBack(t *testing.T) {
	p := newPerson(t, "achat").does(ways["achat"][:3]...).does(step{"carte", "continuer", url.Values{"expire": {"01/30"}}})
	sc, _ := p.s.Screen("carte")
	for _, f := range sc.Fields {
		if got := p.v.Shown(f); got != "" || p.v.Values[f.Name] != "" {
			t.Errorf("%s is shown as %q and kept as %q; want nothing", f.Name, got, p.v.Values[f.Name])
		}
	}
	q := newPerson(t, "compte").does(ways["compte"]...)
	if got := q.s.Say(q.v, "{secret} {prenom}"); got != "— Camille" {
		t.Errorf("Say = %q; want the name without the password", got)
	}
}

// FuzzVisit sends any form to any screen: the visit stays inside the service
// and keeps no more than its fields take.
func FuzzVisit(f *testing.F) {
	for id, way := range ways {
		for _, st := range way {
			f.Add(id, st.screen, st.do, "code=428613&nom=x", uint8(3))
		}
	}
	f.Add("compte", "identite", "continuer", "courriel=%ff%fe&prenom="+strings.Repeat("é", 300), uint8(1))
	f.Fuzz(func(t *testing.T, id, screen, do, query string, before uint8) {
		way, ok := ways[id]
		if !ok {
			return
		}
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		p := newPerson(t, id).does(way[:int(before)%(len(way)+1)]...)
		v, err := p.s.Press(p.v, screen, do, form, noon)
		if err != nil && !errors.Is(err, practice.ErrAway) && !errors.Is(err, practice.ErrUnknown) {
			t.Fatalf("Press = %v; want an error of the package", err)
		}
		if _, ok := p.s.Screen(v.Screen); !ok {
			t.Fatalf("at %q, which is no screen", v.Screen)
		}
		for name, value := range v.Values {
			if len(value) > 200 {
				t.Fatalf("%s keeps %d bytes; want at most 200", name, len(value))
			}
		}
	})
}
