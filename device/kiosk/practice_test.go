package kiosk_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/practice"
)

// practising is a station with the fictitious services, and a session on.
type practising struct {
	*station
	part *kiosk.Practice
	now  time.Time
}

func newPractising(t testing.TB) *practising {
	t.Helper()
	services, err := practice.Open(practice.Files())
	if err != nil {
		t.Fatal(err)
	}
	p := &practising{now: time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)}
	p.part = &kiosk.Practice{Services: services, Now: func() time.Time { return p.now }}
	p.station = newStation(t, p.part)
	server := strings.TrimPrefix(p.url, "http://")
	p.client.Transport = &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server) // browsers know that the names are their own machine's
	}}
	p.station.post("/session/debut", url.Values{})
	return p
}

// at is the address of a page, at the name of the service that has it.
func (p *practising) at(path string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(path, "/entrainement/"), "/")
	for _, s := range p.part.Services {
		if s.ID == id {
			_, port, _ := strings.Cut(strings.TrimPrefix(p.url, "http://"), ":")
			return "http://" + s.Host() + ":" + port + path
		}
	}
	return p.url + path
}

// post sends a form of the service, with the token that its pages carry.
func (p *practising) post(path string, form url.Values) (int, string) {
	p.t.Helper()
	if p.at(path) == p.url+path {
		return p.station.post(path, form)
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(path, "/entrainement/"), "/")
	_, page := p.get("/entrainement/" + id)
	form.Set("jeton", token(page))
	resp, err := p.client.PostForm(p.at(path), form)
	if err != nil {
		p.t.Fatalf("POST %s: %v", path, err)
	}
	return read(p.t, resp)
}

func (p *practising) begin(id string) string {
	p.t.Helper()
	_, page := p.post("/entrainement/"+id+"/commencer", url.Values{"guide": {"oui"}})
	return page
}

// wants fails when the page lacks one of the words.
func (p *practising) wants(page string, words ...string) {
	p.t.Helper()
	for _, w := range words {
		if !strings.Contains(page, w) {
			p.t.Fatalf("page lacks %q:\n%s", w, page)
		}
	}
}

const band = "Ceci est un entraînement"

func TestAnAccountIsCreated(t *testing.T) {
	p := newPractising(t)
	p.wants(p.begin("compte"), "Le Carnet du Mirabelier", "Votre guide", band)
	p.get("/entrainement/compte/identite")
	_, page := p.post("/entrainement/compte/identite", url.Values{"geste": {"continuer"}, "prenom": {"Camille"}, "courriel": {"camille"}})
	p.wants(page, "Presque", "Cette adresse n’est pas celle de la fiche", `value="camille"`, band)
	_, page = p.post("/entrainement/compte/identite", url.Values{"geste": {"continuer"}, "prenom": {"camille"}, "nom": {"essai"},
		"courriel": {"camille.essai@courrier.example"}, "mobile": {"06 39 98 00 42"}})
	p.wants(page, "Choisissez un mot de passe", band)
	_, page = p.post("/entrainement/compte/secret", url.Values{"geste": {"continuer"}, "secret": {"trois canards en ville"},
		"secret2": {"trois canards en ville"}, "regles": {"on"}})
	p.wants(page, "Le téléphone de Camille", "428613")
	p.now = p.now.Add(11 * time.Minute)
	_, page = p.post("/entrainement/compte/code", url.Values{"geste": {"valider"}, "code": {"428613"}})
	p.wants(page, "il n’est plus bon")
	_, page = p.post("/entrainement/compte/code", url.Values{"geste": {"renvoyer"}})
	p.wants(page, "907254")
	_, page = p.post("/entrainement/compte/code", url.Values{"geste": {"valider"}, "code": {"907 254"}})
	p.wants(page, "Bienvenue, camille", "Ce que j’ai réussi")
	_, page = p.get("/entrainement/compte/bilan")
	p.wants(page, "Bravo, vous avez tout fait", "Demander un nouveau code", band)
	if strings.Contains(page, "canards") {
		t.Error("the end repeats the password")
	}
}

func TestATrapIsExplainedKindly(t *testing.T) {
	p := newPractising(t)
	p.begin("courrier")
	p.get("/entrainement/courrier/colis")
	_, page := p.get("/entrainement/courrier/clic")
	p.wants(page, "Regardons ensemble", "cela arrive à tout le monde", band)
	for _, shame := range []string{"Faux", "Erreur", "Perdu", "Attention !"} {
		if strings.Contains(page, shame) {
			t.Errorf("the explanation says %q", shame)
		}
	}
}

func TestGuideComesAndGoes(t *testing.T) {
	p := newPractising(t)
	_, page := p.post("/entrainement/achat/commencer", url.Values{"guide": {"non"}})
	if strings.Contains(page, `id="guide"`) {
		t.Error("a guide is there without having been asked for")
	}
	_, page = p.post("/entrainement/achat/guide", url.Values{})
	p.wants(page, `id="guide"`, "Qui vend")
}

func TestEverythingIsForgotten(t *testing.T) {
	tests := []struct {
		name string
		does func(p *practising)
		want string
	}{
		{"start again", func(p *practising) { p.post("/entrainement/compte/recommencer", url.Values{}) }, "Les nouvelles de la rue"},
		{"the session ends", func(p *practising) { p.part.Forget() }, "Avec un guide"},
		{"another session", func(p *practising) {
			p.post("/session/fin", url.Values{})
			p.post("/session/debut", url.Values{})
		}, "Avec un guide"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPractising(t)
			p.begin("compte")
			p.get("/entrainement/compte/identite")
			p.post("/entrainement/compte/identite", url.Values{"geste": {"continuer"}, "surnom": {"Roseline-des-Bois"}})
			_, page := p.get("/entrainement/compte/identite")
			p.wants(page, "Roseline-des-Bois")
			tt.does(p)
			_, page = p.get("/entrainement/compte/secret")
			p.wants(page, tt.want)
			if strings.Contains(page, "Roseline-des-Bois") {
				t.Error("what was typed is still there")
			}
		})
	}
}

func TestNobodyElsesExercise(t *testing.T) {
	p := newPractising(t)
	p.begin("compte")
	resp, err := (&http.Client{Transport: p.client.Transport}).Get(p.at("/entrainement/compte/accueil")) // another browser
	if err != nil {
		t.Fatal(err)
	}
	if _, page := read(t, resp); !strings.Contains(page, "Avec un guide") {
		t.Errorf("another browser sees %.80q; want the door of the service", page)
	}
}

func TestPracticeThatIsNotThere(t *testing.T) {
	p := newPractising(t)
	p.begin("compte")
	for _, path := range []string{"/entrainement/rien", "/entrainement/rien/accueil", "/entrainement/compte/rien", "/entrainement/rien/bilan"} {
		if code, _ := p.get(path); code != http.StatusNotFound {
			t.Errorf("GET %s = %d; want 404", path, code)
		}
	}
	if code, _ := p.post("/entrainement/compte/accueil", url.Values{"geste": {"rien"}}); code != http.StatusNotFound {
		t.Errorf("a button that is not there = %d; want 404", code)
	}
	if _, page := p.get("/entrainement/compte/fini"); !strings.Contains(page, "Les nouvelles de la rue") {
		t.Error("a screen before its turn does not lead to the present one")
	}
}

func TestPracticeNeedsTheNotice(t *testing.T) {
	p := newPractising(t)
	p.post("/session/fin", url.Values{})
	if _, page := p.get("/entrainement/compte"); !strings.Contains(page, "Rien ne reste ici") {
		t.Errorf("without a session = %.80q; want the welcome page", page)
	}
}

var (
	remote   = regexp.MustCompile(`(?i)(?:href|src|action|srcset|data|poster)="([^"#/][^"]*|//[^"]*)"|https?:|url\(|@import`)
	guideKey = regexp.MustCompile(`>\s*(?:guide|trap|goal|mission|service|problem|practice)\.[a-z_]+`)
)

// TestEveryPracticePage opens every screen of every service in every language.
func TestEveryPracticePage(t *testing.T) {
	for _, lang := range kiosk.Languages() {
		t.Run(lang, func(t *testing.T) {
			p := newPractising(t)
			p.post("/langue", url.Values{"langue": {lang}, "vers": {"/"}})
			for _, s := range p.part.Services {
				p.post("/entrainement/"+s.ID+"/commencer", url.Values{"guide": {"oui"}})
				seen := 0
				for _, sc := range s.Screens {
					seen += p.tour(s, sc.ID)
				}
				if seen == 0 {
					t.Errorf("%s: no screen was seen", s.ID)
				}
				p.sound(p.get("/entrainement/" + s.ID))
				p.sound(p.get("/entrainement/" + s.ID + "/bilan"))
			}
			p.sound(p.get("/entrainement"))
		})
	}
}

// tour fills a screen in as its papers say and presses every button of it.
func (p *practising) tour(s *practice.Service, id string) int {
	p.t.Helper()
	sc, _ := s.Screen(id)
	code, page := p.get("/entrainement/" + s.ID + "/" + id)
	p.sound(code, page)
	if !strings.Contains(page, `action="/entrainement/`+s.ID+"/"+id+`"`) {
		return 1
	}
	for _, b := range sc.Buttons {
		p.sound(p.post("/entrainement/"+s.ID+"/"+id, url.Values{"geste": {b.Do}}))
	}
	for _, b := range sc.Buttons {
		p.sound(p.post("/entrainement/"+s.ID+"/"+id, filled(s, sc, b.Do)))
	}
	return 1
}

func filled(s *practice.Service, sc *practice.Screen, do string) url.Values {
	form := url.Values{"geste": {do}}
	for _, f := range sc.Fields {
		switch {
		case f.Kind == practice.Code:
			form[f.Name] = s.Codes // the first is read
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
	return form
}

// sound holds a page to what every page of the exercise promises.
func (p *practising) sound(code int, page string) {
	p.t.Helper()
	if code != http.StatusOK {
		p.t.Errorf("status %d; want 200", code)
	}
	if m := remote.FindString(page); m != "" {
		p.t.Errorf("a page points elsewhere: %q", m)
	}
	if m := guideKey.FindString(page); m != "" {
		p.t.Errorf("a page shows a raw key: %q", m)
	}
	if !strings.Contains(page, `class="prac-band"`) {
		p.t.Errorf("a page does not say that it is an exercise: %.200q", page)
	}
	if n := gzipped(p.t.(*testing.T), page); n > 10_000 {
		p.t.Errorf("a page weighs %d bytes gzip; want at most 10 KB", n)
	}
}

// TestEveryPracticeWordExists holds the guide to each screen, trap and goal.
func TestEveryPracticeWordExists(t *testing.T) {
	p := newPractising(t)
	for _, lang := range kiosk.Languages() {
		has := keys(t, lang)
		for _, s := range p.part.Services {
			want := []string{"service." + s.ID, "mission." + s.ID}
			for _, g := range s.Goals {
				want = append(want, "goal."+g.Fact)
			}
			for _, sc := range s.Screens {
				kind := "guide."
				if sc.Trap {
					kind = "trap."
				}
				want = append(want, kind+s.ID+"_"+sc.ID)
			}
			for _, key := range want {
				if _, ok := has[key]; !ok {
					t.Errorf("%s: %s is missing", lang, key)
				}
			}
		}
	}
}

func TestDutiesLeadToPractice(t *testing.T) {
	p := newPractising(t)
	for _, path := range []string{"/", "/demarches"} {
		if _, page := p.get(path); !strings.Contains(page, `href="/entrainement"`) {
			t.Errorf("GET %s does not lead to the exercise", path)
		}
	}
	_, page := p.get("/")
	if n := strings.Count(page, `<a class="tile`); n > 6 {
		t.Errorf("home has %d tiles; want at most 6", n)
	}
}

// Every service has a name of its own, and the station keeps its own.
func TestEachServiceHasItsOwnName(t *testing.T) {
	p := newPractising(t)
	p.post("/reglages", url.Values{"taille": {"grand"}, "contraste": {"on"}})
	p.post("/langue", url.Values{"langue": {"en"}, "vers": {"/"}})
	_, port, _ := strings.Cut(strings.TrimPrefix(p.url, "http://"), ":")
	tests := []struct{ name, from, to string }{
		{"a service", p.url + "/entrainement/compte", "http://compte.exercice.localhost:" + port + "/entrainement/compte"},
		{"another service", "http://compte.exercice.localhost:" + port + "/entrainement/achat", "http://achat.exercice.localhost:" + port + "/entrainement/achat"},
		{"the list", "http://compte.exercice.localhost:" + port + "/entrainement", p.url + "/entrainement"},
		{"home", "http://compte.exercice.localhost:" + port + "/", p.url + "/"},
		{"a page with a question", "http://achat.exercice.localhost:" + port + "/lecons?mots=x", p.url + "/lecons?mots=x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, err := p.client.Get(tt.from)
			if err != nil {
				t.Fatal(err)
			}
			_, page := read(t, resp)
			if got := resp.Request.URL.String(); got != tt.to {
				t.Errorf("GET %s ends at %s; want %s", tt.from, got, tt.to)
			}
			p.wants(page, `<html lang="en"`, "contraste")
		})
	}
	for _, host := range []string{"exercice.localhost", "rien.exercice.localhost", "compte.exercice.localhost.example.org"} {
		resp, err := p.client.Get("http://" + host + "/entrainement/compte")
		if err != nil {
			t.Fatal(err)
		}
		if code, _ := read(t, resp); code != http.StatusMisdirectedRequest {
			t.Errorf("name %s = %d; want 421", host, code)
		}
	}
}

// The end of a session is pressed at the service's name and told at the station's.
func TestASessionEndsAtAService(t *testing.T) {
	p := newPractising(t)
	page := p.begin("compte")
	resp, err := p.client.PostForm(p.at("/entrainement/compte")[:len(p.at("/entrainement/compte"))-len("/entrainement/compte")]+"/session/fin", url.Values{"jeton": {token(page)}})
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := read(t, resp); code != http.StatusOK || resp.Request.URL.String() != p.url+"/fin" {
		t.Errorf("after the end = %d at %s; want the station's last page", code, resp.Request.URL)
	}
	csp := resp.Header.Get("Content-Security-Policy")
	if strings.Contains(csp, "http://") {
		t.Errorf("policy of the station's own pages %q names somebody", csp)
	}
}
