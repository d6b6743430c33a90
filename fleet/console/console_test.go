package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// TestMachineOfAStation shows a technician what the machine is and lacks.
func TestMachineOfAStation(t *testing.T) {
	h := newHouse(t)
	percent, wear := 64, 38
	check(t, h.db.SaveTelemetry(t.Context(), tenant, mine, wire.Telemetry{Clock: pass.ClockRTC, MemoryTotal: 4 << 30, MemoryFree: 1 << 30, BatteryPercent: &percent,
		BatteryWear: &wear, Undervoltage: true, Firmware: []string{"rtl_nic/rtl8168g-3.fw"}, Problems: []string{"firmware_missing"}}, h.now))
	_, page := h.as(t, people.Technician).get("/postes/" + string(mine))
	for _, words := range []string{"64 %, 38 % de sa capacité perdue", "rtl_nic/rtl8168g-3.fw", "Fichiers du fabricant manquants", "trop faible"} {
		if !strings.Contains(page, words) {
			t.Errorf("station page lacks %q", words)
		}
	}
}

func TestPagesSayWhatTheFleetKnows(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, people.Admin)
	tests := []struct {
		path  string
		texts []string
	}{
		{"/", []string{"Démonstration", "à synchroniser avant l’échéance", "1&nbsp;alarme à traiter|1\u00a0alarme à traiter", "en conflit", "Usages, 1er trimestre 2027"}},
		{"/postes", []string{string(mine), string(theirs), "2027.02.1", "Alimentation trop faible", "Lignes 1 à 2 sur 2"}},
		{"/postes?etat=pending", []string{string(theirs), "Lignes 1 à 1 sur 1"}},
		{"/postes?texte=zzz", []string{"Aucun poste ne correspond"}},
		{"/postes/" + string(mine), []string{"ThinkPad X250", "Déclarer perdu", "Certificats", "version 1"}},
		{"/territoire", []string{"Structure 1", "halles", "kit-2"}},
		{"/territoire/lieux/halles", []string{"Europe/Paris"}},
		{"/lots", []string{"Chambre des métiers", "En tolérance|Expiré", "60 × 10"}},
		{"/lots/1/1", []string{"Expiré", "À payer", "En conflit", "10,00"}},
		{"/lots/1/1?etat=expire", []string{"2 sur 10"}},
		{"/validations", []string{"Le pass a été validé ailleurs", "Payer", "papier gardé", "Faire faire"}},
		{"/bordereaux", []string{"Clôturer un mois", "Aucun bordereau"}},
		{"/alarmes", []string{"Journal altéré", "Marquer comme vue"}},
		{"/usages", []string{"jeu. 14 janvier 2027, matin", "halles", "souris", "n.c.", "Télécharger en CSV"}},
		{"/usages?periode=2027-02", []string{"février 2027"}},
		{"/bilan", []string{"Faire faire", "Lot 1", "2"}},
		{"/enrolement", []string{"Créer un jeton", "kit-1"}},
		{"/cartes", []string{"Carte de secours", "Valable"}},
		{"/cartes/1", []string{"<svg class=\"qr\"", "SPÉCIMEN"}},
		{"/personnes", []string{"Inviter quelqu’un", "admin"}},
		{"/journal", []string{"Connexion à la console", "Structure enregistrée"}},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			status, page := b.get(tt.path)
			if status != http.StatusOK {
				t.Fatalf("GET %s = %d; want 200", tt.path, status)
			}
			for _, text := range tt.texts {
				if !anyOf(page, strings.Split(text, "|")) {
					t.Errorf("GET %s is without %q", tt.path, text)
				}
			}
		})
	}
}

func anyOf(page string, texts []string) bool {
	for _, text := range texts {
		if strings.Contains(page, text) {
			return true
		}
	}
	return false
}

func TestScopeHidesOtherStructures(t *testing.T) {
	h := newHouse(t)
	tests := []struct {
		role  people.Role
		path  string
		never string
	}{
		{people.Mediator, "/postes", string(theirs)},
		{people.Mediator, "/territoire", "Structure 2"},
		{people.Mediator, "/validations", string(theirs)},
		{people.Mediator, "/usages", "mairie"},
		{people.Coordinator, "/postes", string(theirs)},
		{people.Coordinator, "/usages", "mairie"},
	}
	for _, tt := range tests {
		t.Run(string(tt.role)+tt.path, func(t *testing.T) {
			if status, page := h.as(t, tt.role).get(tt.path); status != http.StatusOK || strings.Contains(page, tt.never) {
				t.Errorf("GET %s as %s = %d with %q; want 200 without it", tt.path, tt.role, status, tt.never)
			}
		})
	}
	for _, role := range []people.Role{people.Mediator, people.Coordinator} {
		if status, _ := h.as(t, role).get("/postes/" + string(theirs)); status != http.StatusNotFound {
			t.Errorf("GET another structure's station as %s = %d; want 404", role, status)
		}
	}
	b := h.as(t, people.Mediator)
	_, page := b.get("/compte")
	if status, _ := b.post("/postes/"+string(theirs)+"/perdu", page, url.Values{"depuis": {"2027-02-10T10:00"}}); status != http.StatusNotFound {
		t.Errorf("declaring another structure's station lost = %d; want 404", status)
	}
}

func TestFunderReadsNoSmallNumber(t *testing.T) {
	h := newHouse(t)
	h.now = noon.AddDate(0, 2, 0) // the quarter is over
	b := h.as(t, people.Funder)
	_, page := b.get("/usages")
	if err := has(page, "n.c.", "trimestres entiers"); err != nil {
		t.Error(err)
	}
	if strings.Contains(page, "demi-journées") || strings.Contains(page, "14 janvier") {
		t.Error("a funder sees half-days; want quarters only")
	}
	if _, csv := b.get("/usages/lieux?periode=2027-01"); !strings.Contains(csv, "mairie;n.c.") || !strings.Contains(csv, "1er trimestre 2027") {
		t.Errorf("CSV for a funder = %q; want mairie hidden and the whole quarter", csv)
	}
}

func TestRunningQuarterIsForStructuresOnly(t *testing.T) {
	h := newHouse(t)
	for _, role := range []people.Role{people.Funder, people.Coordinator} {
		b := h.as(t, role)
		for _, path := range []string{"/usages", "/usages?periode=2027-T1", "/usages?periode=2027-01", "/usages/lieux?periode=2027-T1"} {
			_, page := b.get(path)
			if err := has(page, "4e trimestre 2026"); err != nil || strings.Contains(page, "1er trimestre 2027") {
				t.Errorf("GET %s as %s: %v; want the last finished quarter and no other", path, role, err)
			}
		}
		if _, page := b.get("/usages"); has(page, "quand il sera terminé") != nil || strings.Contains(page, `rel="next"`) {
			t.Errorf("GET /usages as %s does not say why the running quarter is not there", role)
		}
		if _, page := b.get("/"); has(page, "Usages, 4e trimestre 2026") != nil {
			t.Errorf("GET / as %s is without the last finished quarter", role)
		}
	}
	if _, page := h.as(t, people.Mediator).get("/usages"); has(page, "1er trimestre 2027", `rel="next"`) != nil {
		t.Error("a mediator does not read the running quarter; want their own figures at once")
	}
}

func TestPassNumbersAreWholeForAdministratorsOnly(t *testing.T) {
	h := newHouse(t)
	_, whole := h.as(t, people.Admin).get("/validations")
	_, masked := h.as(t, people.Mediator).get("/validations")
	number := pass.Number{Series: 10, Serial: 1}.Grouped()
	if !strings.Contains(whole, number) {
		t.Error("an administrator cannot read the whole number")
	}
	if strings.Contains(masked, number) || !strings.Contains(masked, "… ") {
		t.Error("a mediator reads whole pass numbers; want the last digits")
	}
}

func TestFormsBelongToTheirSession(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, people.Admin)
	_, other := h.as(t, people.Technician).get("/enrolement")
	form := url.Values{"mallette": {"kit-1"}, "jours": {"7"}}
	if status, _ := b.post("/enrolement", other, form); status != http.StatusForbidden {
		t.Errorf("form of another session = %d; want 403", status)
	}
	req, err := http.NewRequest(http.MethodPost, h.URL+"/deconnexion", nil)
	check(t, err)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := b.Do(req)
	check(t, err)
	if status, _ := read(t, resp); status != http.StatusForbidden {
		t.Errorf("form of another site = %d; want 403", status)
	}
}

func TestSignInIsCareful(t *testing.T) {
	h := newHouse(t)
	h.as(t, people.Admin)
	b := h.browser(t)
	for range 5 {
		if status, page := b.signIn("admin", "wrong"); status != http.StatusForbidden || !strings.Contains(page, "Identifiant ou mot de passe incorrect") {
			t.Fatalf("wrong password = %d; want 403 and one sentence", status)
		}
	}
	if status, _ := b.signIn("admin", password); status != http.StatusTooManyRequests {
		t.Errorf("sixth try = %d; want 429, right password or not", status)
	}
	h.now = h.now.Add(2 * time.Second)
	if status, _ := b.signIn("admin", password); status != http.StatusSeeOther {
		t.Errorf("after the wait = %d; want to be let in", status)
	}
}

func TestSignInRotatesTheSession(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, people.Admin)
	first := b.session()
	b.signIn("admin", password)
	if second := b.session(); second == first || second == "" {
		t.Error("session kept across sign-ins; want a new token")
	}
	_, page := b.get("/")
	if status, _ := b.post("/deconnexion", page, url.Values{}); status != http.StatusSeeOther {
		t.Errorf("sign-out = %d; want a redirect", status)
	}
	if status, _ := b.get("/postes"); status != http.StatusSeeOther {
		t.Errorf("page after sign-out = %d; want a redirect to sign-in", status)
	}
}

func (b *browser) session() string {
	at, err := url.Parse(b.base)
	check(b.t, err)
	for _, k := range b.Jar.Cookies(at) {
		if k.Name == "__Host-mallette" {
			return k.Value
		}
	}
	return ""
}

func TestOneTimePasswordOpensNothingElse(t *testing.T) {
	h := newHouse(t)
	once, err := h.gate.Invite(t.Context(), people.Person{Tenant: tenant, Login: "neuve", Role: people.Admin})
	check(t, err)
	b := h.browser(t)
	b.signIn("neuve", once)
	if status, _ := b.get("/postes"); status != http.StatusSeeOther {
		t.Errorf("page before the change = %d; want a redirect", status)
	}
	_, page := b.get("/compte")
	status, _ := b.post("/compte", page, url.Values{"ancien": {once}, "nouveau": {password}, "encore": {password}})
	if status != http.StatusSeeOther {
		t.Fatalf("change = %d; want a redirect", status)
	}
	if status, _ := b.get("/postes"); status != http.StatusOK {
		t.Errorf("page after the change = %d; want 200", status)
	}
}

func TestHeadersForbidEverythingElse(t *testing.T) {
	h := newHouse(t)
	resp, err := h.browser(t).Get(h.URL + "/connexion")
	check(t, err)
	resp.Body.Close()
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
		t.Errorf("Content-Security-Policy = %q; want nothing but our style", csp)
	}
	for _, k := range resp.Cookies() {
		if !k.Secure || !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || !strings.HasPrefix(k.Name, "__Host-") {
			t.Errorf("cookie %s = %+v; want Secure, HttpOnly, Strict, __Host-", k.Name, k)
		}
	}
}

func TestDeedsAreDoneAndNoted(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, people.Admin)
	tests := []struct {
		name, page, path string
		form             url.Values
		after            string
		want             string
	}{
		{"edit a station", "/postes/" + string(mine), "/postes/" + string(mine),
			url.Values{"nom": {"Poste 7"}, "mallette": {"kit-1"}, "lieu": {"halles"}, "role": {"mediator"}, "mode": {"workshop"}}, "/postes/" + string(mine), "Poste 7"},
		{"ring a station", "/postes/" + string(mine), "/postes/ordre", url.Values{"ordre": {"identify"}, "poste": {string(mine)}}, "/ordres", "faire clignoter et sonner"},
		{"hand a carnet over", "/lots/1/1", "/lots/1/1/carnets", url.Values{"carnet": {"3"}, "geste": {"confier"}, "distributeur": {"CCAS"}}, "/lots/1/1", "CCAS"},
		{"revoke a carnet", "/lots/1/1", "/lots/1/1/carnets", url.Values{"carnet": {"4"}, "geste": {"revoquer"}}, "/lots/1/1?etat=revoque", "Révoqué"},
		{"order a batch", "/lots", "/lots", url.Values{"emetteur": {"1"}, "commanditaire": {"Département"}, "annee": {"2027"}, "valeur": {"10"}, "taille": {"10"}, "carnets": {"2"}, "structure": {"1"}}, "/lots", "Département"},
		{"decide a conflict", "/validations", "/validations/decision", url.Values{"poste": {string(theirs)}, "journal": {"0200000000000000"}, "rang": {"1"}, "decision": {"refuse"}}, "/journal", "Décision sur une validation"},
		{"close a month", "/bordereaux", "/bordereaux", url.Values{"structure": {"1"}, "mois": {"2027-01"}}, "/bordereaux/1", "20,00"},
		{"see an alarm", "/alarmes", "/alarmes", url.Values{"poste": {string(mine)}, "sorte": {"journal"}}, "/alarmes", "Rien à traiter"},
		{"revoke a card", "/cartes", "/cartes/1/revoquer", url.Values{}, "/cartes", "Révoquée le"},
		{"declare lost", "/postes/" + string(mine), "/postes/" + string(mine) + "/perdu", url.Values{"depuis": {"2027-02-10T10:00"}}, "/postes?etat=lost", "Déclaré perdu"},
		{"invite", "/personnes", "/personnes/admin", url.Values{"nom": {"Ada"}, "role": {"admin"}, "actif": {"oui"}}, "/personnes", "Ada"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, page := b.get(tt.page)
			if status, answer := b.post(tt.path, page, tt.form); status != http.StatusSeeOther {
				t.Fatalf("POST %s = %d: %s; want a redirect", tt.path, status, answer)
			}
			h.settle(t)
			if _, after := b.get(tt.after); !strings.Contains(after, tt.want) {
				t.Errorf("GET %s is without %q", tt.after, tt.want)
			}
		})
	}
}

func (h *house) settle(t *testing.T) {
	t.Helper()
	check(t, h.mint.SettleAll(t.Context()))
}

func TestForeignCodesAreExportedForTheirStructureAndNoted(t *testing.T) {
	h := newHouse(t)
	h.foreign(t, "=A1-993")
	b := h.as(t, people.Mediator)
	status, file := b.get("/validations/autres")
	if status != http.StatusOK || !strings.Contains(file, "10/02/2027;'=A1-993;KS-02;73282932000074;halles;oui;À confirmer chez l’émetteur") {
		t.Errorf("export = %d: %q; want the code, made plain", status, file)
	}
	if _, page := b.get("/validations?autres=oui"); strings.Contains(page, "A1-993") || !strings.Contains(page, "autre émetteur") {
		t.Error("a foreign code is on the screen; want it in the file only")
	}
	if _, page := h.as(t, people.Admin).get("/journal"); !strings.Contains(page, "Pass d’autres émetteurs exportés") {
		t.Error("the export is not in the audit log")
	}
}

func TestNewPlaceDoesNotReplaceAnother(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, people.Technician)
	_, page := b.get("/territoire/lieux/nouveau")
	form := url.Values{"nouveau": {"oui"}, "id": {"halles"}, "structure": {"1"}, "nom": {"Autre"}, "fuseau": {"Europe/Paris"}}
	if status, _ := b.post("/territoire/lieux", page, form); status != http.StatusConflict {
		t.Errorf("new place with a known identifier = %d; want 409", status)
	}
	form.Set("id", "halles-2")
	if status, _ := b.post("/territoire/lieux", page, form); status != http.StatusSeeOther {
		t.Errorf("new place = %d; want a redirect", status)
	}
}

func TestFieldsAreChecked(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, people.Admin)
	tests := []struct {
		name, page, path string
		form             url.Values
		want             int
	}{
		{"siret", "/territoire/structures/1", "/territoire/structures", url.Values{"id": {"1"}, "nom": {"X"}, "siret": {"1"}}, 422},
		{"proxy", "/territoire/lieux/halles", "/territoire/lieux", url.Values{"id": {"halles"}, "structure": {"1"}, "nom": {"X"}, "fuseau": {"Europe/Paris"}, "proxy": {"http://moi:secret@proxy"}}, 422},
		{"hours", "/territoire/lieux/halles", "/territoire/lieux", url.Values{"id": {"halles"}, "structure": {"1"}, "nom": {"X"}, "fuseau": {"Europe/Paris"}, "horaires": {"sur rendez-vous"}}, 422},
		{"zone", "/territoire/lieux/halles", "/territoire/lieux", url.Values{"id": {"halles"}, "structure": {"1"}, "nom": {"X"}, "fuseau": {"Nulle/Part"}}, 422},
		{"order of nothing", "/lots", "/lots", url.Values{"emetteur": {"1"}}, 422},
		{"unknown order", "/postes/" + string(mine), "/postes/ordre", url.Values{"ordre": {"reboot"}, "poste": {string(mine)}}, 422},
		{"taking one's own rights", "/personnes/admin", "/personnes/admin", url.Values{"role": {"editeur"}, "actif": {"oui"}}, 422},
		{"mediator without structure", "/personnes", "/personnes", url.Values{"identifiant": {"bob"}, "role": {"mediateur"}}, 422},
		{"month that is not over", "/bordereaux", "/bordereaux", url.Values{"structure": {"1"}, "mois": {"2027-02"}}, 422},
		{"unknown station", "/compte", "/postes/szzzzzzzzzzzzzzzz", url.Values{"nom": {"x"}}, 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, page := b.get(tt.page)
			if status, _ := b.post(tt.path, page, tt.form); status != tt.want {
				t.Errorf("POST %s = %d; want %d", tt.path, status, tt.want)
			}
		})
	}
}

func TestCarnetsArePrinted(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, people.Admin)
	tests := []struct{ path, want string }{
		{"/lots/1/1/pdf?de=2&a=3", "%PDF-"},
		{"/lots/1/1/page?de=2&a=2", "<svg"},
		{"/cartes/1/pdf", "%PDF-"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			if status, page := b.get(tt.path); status != http.StatusOK || !strings.Contains(page, tt.want) {
				t.Errorf("GET %s = %d; want 200 with %s", tt.path, status, tt.want)
			}
		})
	}
	if status, _ := b.get("/lots/1/1/pdf?de=9&a=3"); status != http.StatusUnprocessableEntity {
		t.Errorf("carnets 9 to 3 = %d; want 422", status)
	}
}

func TestTokenIsShownOnce(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, people.Technician)
	_, page := b.get("/enrolement")
	status, answer := b.post("/enrolement", page, url.Values{"mallette": {"kit-1"}, "jours": {"7"}})
	if status != http.StatusOK || !strings.Contains(answer, "MALLETTE-kit-1") || !strings.Contains(answer, "<svg class=\"qr\"") {
		t.Fatalf("issue token = %d; want the secret and its code", status)
	}
	if _, again := b.get("/enrolement"); strings.Contains(again, "MALLETTE-kit-1") || !strings.Contains(again, "Utilisable") {
		t.Error("the secret is shown again; want it once, and the token listed")
	}
}

// shownCode is what one station of the house shows.
const shownCode = "KF7D-9QXM-2TPA"

func TestAStationIsAcceptedByItsCode(t *testing.T) {
	h := newHouse(t)
	b := h.as(t, people.Technician)
	_, page := b.get("/enrolement")
	for _, c := range []struct {
		name, code, kit string
		status          int
		says            string
	}{
		{"a code that nobody shows", "KF7D-9QXM-2TPB", "kit-1", http.StatusNotFound, "Aucun poste n’affiche ce code"},
		{"a kit of somebody else", shownCode, "kit-9", http.StatusNotFound, ""},
		{"right", shownCode, "kit-1", http.StatusSeeOther, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer := b.post("/enrolement/code", page, url.Values{"mallette": {c.kit}, "code": {c.code}})
			if status != c.status || !strings.Contains(answer, c.says) {
				t.Errorf("accept = %d; want %d, %q", status, c.status, c.says)
			}
		})
	}
}

func TestAStationsHealthHourByHour(t *testing.T) {
	h := newHouse(t)
	for minutes, pending := range map[int]uint64{5: 41, 20: 42, 100: 43, 3 * 24 * 60: 44} {
		at := h.now.Add(-time.Duration(minutes) * time.Minute)
		check(t, h.db.SaveTelemetry(t.Context(), tenant, mine, wire.Telemetry{OutboxPending: pending, Clock: pass.ClockNTP}, at))
	}
	_, page := h.as(t, people.Technician).get("/postes/" + string(mine))
	for _, pending := range []string{"41", "43"} {
		if !strings.Contains(page, `<td class="num">`+pending+"</td>") {
			t.Errorf("the page lacks the last sample of an hour, with %s records waiting", pending)
		}
	}
	for _, pending := range []string{"42", "44"} {
		if strings.Contains(page, `<td class="num">`+pending+"</td>") {
			t.Errorf("the page shows %s records waiting; want neither a second sample of an hour nor one of three days ago", pending)
		}
	}
}
