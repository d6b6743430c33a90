package kiosk_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// fakeDays is a shop whose clock is only written down.
type fakeDays struct {
	*workshop.Shop
	when []kiosk.When
	fail error
}

func (f *fakeDays) OpenDay(_ context.Context, d workshop.Day, w kiosk.When) error {
	f.when = append(f.when, w)
	if f.fail != nil {
		return f.fail
	}
	return f.Open(d)
}

func (f *fakeDays) AmendDay(d workshop.Day) error {
	return f.Amend(func(day *workshop.Day) { d.Open = true; *day = d })
}

func (f *fakeDays) EndDay(_ context.Context, participants, kept int) error {
	if f.fail != nil {
		return f.fail
	}
	return f.Close(workshop.Sheet{Participants: participants, Validated: 3, Kept: kept, Passes: true})
}

// fakeDesk remembers what was asked of it.
type fakeDesk struct {
	takes   bool
	row     []redeem.Line
	waiting int
	did     []string
}

func (f *fakeDesk) Takes() bool { return f.takes }

func (f *fakeDesk) Show(_ context.Context, text string) redeem.Line {
	f.did = append(f.did, fmt.Sprintf("show %d bytes", len(text)))
	return redeem.Line{}
}

func (f *fakeDesk) Confirm(_ context.Context, id int, words []redeem.Override) error {
	f.did = append(f.did, fmt.Sprint("confirm ", id, words))
	return nil
}

func (f *fakeDesk) Cancel(_ context.Context, id int) error {
	f.did = append(f.did, fmt.Sprint("cancel ", id))
	return redeem.ErrNoLine
}

func (f *fakeDesk) Row() []redeem.Line                     { return f.row }
func (f *fakeDesk) Clear()                                 { f.did = append(f.did, "clear") }
func (f *fakeDesk) Validated(context.Context) (int, error) { return 3, nil }
func (f *fakeDesk) Waiting() int                           { return f.waiting }
func (f *fakeDesk) ShowWaiting(context.Context)            { f.did = append(f.did, "show waiting") }
func (f *fakeDesk) Changed() <-chan struct{}               { return nil }

const secret = "424242"

// mediation is a station with mediator mode.
type mediation struct {
	*station
	door  *workshop.Door
	days  *fakeDays
	desk  *fakeDesk
	state kiosk.Station
	join  func(context.Context, string) string
}

func newMediation(t *testing.T) *mediation {
	t.Helper()
	return newMediationWith(t, func(*kiosk.Mediator) {})
}

// newMediationWith lets a test give the station more than the least.
func newMediationWith(t *testing.T, more func(*kiosk.Mediator), others ...kiosk.Part) *mediation {
	t.Helper()
	return openMediation(t, nil, more, others...)
}

// openMediation also has lessons besides those that every station has.
func openMediation(t *testing.T, besides []*lesson.Lesson, more func(*kiosk.Mediator), others ...kiosk.Part) *mediation {
	t.Helper()
	dir := t.TempDir()
	shop, _, err := workshop.Load(filepath.Join(dir, "workshop.json"))
	if err != nil {
		t.Fatal(err)
	}
	phc := pass.PHC{Memory: 8, Time: 1, Threads: 1, Salt: []byte("12345678")}
	phc.Sum = argon2.IDKey([]byte(secret), phc.Salt, 1, 8, 1, 32)
	keys := workshop.Keys{Structure: 1, Cards: pass.Cards{PINs: []pass.PIN{{Hash: phc.String()}}}}
	m := &mediation{
		door: workshop.NewDoor(filepath.Join(dir, "pin.json"), func() workshop.Keys { return keys }, slog.New(slog.DiscardHandler)),
		days: &fakeDays{Shop: shop}, desk: &fakeDesk{takes: true},
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	m.state = kiosk.Station{
		Enrolled: true, Label: "Poste 1", Zone: paris, Now: time.Date(2026, 3, 12, 9, 15, 0, 0, paris), Clock: pass.ClockRTC,
		Places: []wire.Place{{ID: "mediatheque", Name: "Médiathèque", Zone: "Europe/Paris"}},
	}
	part := &kiosk.Mediator{
		Door: m.door, Days: m.days, Desk: m.desk, State: func(context.Context) kiosk.Station { return m.state },
		Join: func(ctx context.Context, token string) string { return m.join(ctx, token) },
	}
	more(part)
	m.station = openStation(t, besides, append([]kiosk.Part{part}, others...)...)
	return m
}

func (m *mediation) unlock() {
	m.t.Helper()
	if err := m.door.ByPIN(secret); err != nil {
		m.t.Fatalf("open the door: %v", err)
	}
}

func (m *mediation) day() url.Values {
	return url.Values{
		"lieu": {"mediatheque"}, "date": {"2026-03-12"}, "heure": {"09:15"}, "montre": {"2026-03-12 09:15"},
		"service": {"KS-01"}, "posture": {"faire_avec"}, "papiers": {"oui"},
	}
}

// has asks for words as a reader sees them.
func has(t *testing.T, page string, words ...string) {
	t.Helper()
	page = html.UnescapeString(page)
	for _, w := range words {
		if !strings.Contains(page, w) {
			t.Errorf("page lacks %q", w)
		}
	}
}

func TestEveryGuardedPageAsksForAnOpenDoor(t *testing.T) {
	m := newMediation(t)
	m.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	_, page := m.get("/aide")
	for _, route := range kiosk.GuardedRoutes() {
		method, path, _ := strings.Cut(route, " ")
		path = strings.ReplaceAll(path, "{id}", "1")
		t.Run(route, func(t *testing.T) {
			body := strings.NewReader(url.Values{"jeton": {token(page)}, "participants": {"1"}, "papiers": {"1"}, "code": {"1"}}.Encode())
			req, err := http.NewRequest(method, m.url+path, body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			resp, err := m.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/mediateur" {
				t.Errorf("%s = %d to %q; want 303 to /mediateur", route, resp.StatusCode, resp.Header.Get("Location"))
			}
		})
	}
	if len(m.desk.did) != 0 || m.days.Day().Open {
		t.Errorf("behind a shut door the desk did %v; want nothing", m.desk.did)
	}
}

func TestFormsOfTheMediatorNeedTheirToken(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	for _, path := range []string{"/mediateur/pass", "/mediateur/journee", "/mediateur/fermer", "/mediateur/ouvrir", "/mediateur/rejoindre"} {
		resp, err := m.client.PostForm(m.url+path, url.Values{"code": {"1"}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s without a token = %d; want 403", path, resp.StatusCode)
		}
	}
	if len(m.desk.did) != 0 {
		t.Errorf("without a token the desk did %v; want nothing", m.desk.did)
	}
}

func TestUnlock(t *testing.T) {
	m := newMediation(t)
	status, page := m.post("/mediateur/ouvrir", url.Values{"code": {"000000"}})
	has(t, page, "Ce code n’est pas le bon")
	if status != http.StatusForbidden || strings.Contains(page, "000000") {
		t.Errorf("wrong PIN = %d, shown again %v; want 403, false", status, strings.Contains(page, "000000"))
	}
	_, page = m.post("/mediateur/ouvrir", url.Values{"code": {secret}})
	has(t, page, "Ouvrir la journée", "jeudi 12 mars 2026", "c’est bien ça ?", "Médiathèque")
	m.post("/mediateur/fermer", url.Values{})
	if _, open := m.door.Grant(); open || m.desk.did[0] != "clear" {
		t.Errorf("after closing: open %v, desk did %v; want false, clear", open, m.desk.did)
	}
}

func TestTheDoorSaysHowLongToWait(t *testing.T) {
	m := newMediation(t)
	for range 3 {
		m.post("/mediateur/ouvrir", url.Values{"code": {"000000"}})
	}
	status, page := m.post("/mediateur/ouvrir", url.Values{"code": {secret}})
	has(t, page, "Trop d’essais", "15 secondes")
	if status != http.StatusTooManyRequests {
		t.Errorf("right PIN too early = %d; want 429", status)
	}
}

func TestOpenDay(t *testing.T) {
	paris, _ := time.LoadLocation("Europe/Paris")
	cases := []struct {
		name   string
		change url.Values
		fail   error
		want   string // words of the problem; "" when the day opens
		when   kiosk.When
	}{
		{"as shown", nil, nil, "", kiosk.When{}},
		{"another hour", url.Values{"heure": {"14:00"}}, nil, "", kiosk.When{At: time.Date(2026, 3, 12, 14, 0, 0, 0, paris)}},
		{"nobody knows the date", url.Values{"date": {""}, "date_inconnue": {"oui"}}, nil, "", kiosk.When{Unknown: true}},
		{"no date", url.Values{"date": {""}}, nil, "n’est pas lisible", kiosk.When{}},
		{"place of another station", url.Values{"lieu": {"ailleurs"}}, nil, "Choisissez un lieu", kiosk.When{}},
		{"service nobody knows", url.Values{"service": {"KS-99"}}, nil, "Choisissez un lieu", kiosk.When{}},
		{"lesson nobody has", url.Values{"lecon": {"rien"}}, nil, "Choisissez un lieu", kiosk.When{}},
		{"date long past", nil, kiosk.ErrDatePast, "déjà passée", kiosk.When{}},
		{"date too far", nil, kiosk.ErrDateFuture, "trop lointaine", kiosk.When{}},
		{"network knows better", nil, kiosk.ErrDateKnown, "Le réseau donne une autre date", kiosk.When{}},
		{"disk full", nil, fmt.Errorf("keep: %w", kiosk.ErrDiskFull), "disque du poste est plein", kiosk.When{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newMediation(t)
			m.unlock()
			m.days.fail = c.fail
			form := m.day()
			for key, value := range c.change {
				form[key] = value
			}
			status, page := m.post("/mediateur/journee", form)
			if c.want != "" {
				has(t, page, c.want)
				if status != http.StatusUnprocessableEntity || m.days.Day().Open {
					t.Errorf("openDay = %d, open %v; want 422, false", status, m.days.Day().Open)
				}
				return
			}
			if !m.days.Day().Open || len(m.days.when) != 1 || !m.days.when[0].At.Equal(c.when.At) || m.days.when[0].Unknown != c.when.Unknown {
				t.Errorf("openDay = open %v, when %v; want true, %v", m.days.Day().Open, m.days.when, c.when)
			}
		})
	}
}

func TestChangingTheDayKeepsPlaceAndDate(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	m.post("/mediateur/journee", m.day())
	m.post("/mediateur/journee", url.Values{"service": {"KS-05"}, "posture": {"faire_faire"}, "lieu": {"ailleurs"}, "papiers": {"non"}})
	if d := m.days.Day(); d.Service != "KS-05" || d.Place != "mediatheque" || d.PaperKept {
		t.Errorf("changed day = %s at %s, papers %v; want KS-05 at mediatheque, false", d.Service, d.Place, d.PaperKept)
	}
}

func TestTheRow(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	m.post("/mediateur/journee", m.day())
	m.desk.waiting = 2
	m.desk.row = []redeem.Line{
		{ID: 2, Verdict: redeem.Verdict{Kind: redeem.NeedsMediator, Needs: []redeem.Reason{redeem.Suspended}, Value: 1000}, Words: []redeem.Override{redeem.HandedOut}},
		{ID: 1, Verdict: redeem.Verdict{Kind: redeem.Accepted, Value: 1050}},
	}
	_, page := m.get("/mediateur/pass")
	has(t, page, "À vous de confirmer", "pas encore remis", "Le carnet a bien été remis", "Accepté", "10,50 €", "les 2 pass montrés", `role="status"`)
	m.post("/mediateur/pass", url.Values{"code": {"1200 0000 0425 91"}})
	m.post("/mediateur/pass", url.Values{"code": {""}})
	m.post("/mediateur/pass/2/accepter", url.Values{"parole": {"handed_out", "not a word"}})
	m.post("/mediateur/pass/1/annuler", url.Values{})
	m.post("/mediateur/pass/attente", url.Values{})
	want := "[show 17 bytes confirm 2 [handed_out] cancel 1 show waiting]"
	if got := fmt.Sprint(m.desk.did); got != want {
		t.Errorf("desk did %s; want %s", got, want)
	}
	if status, _ := m.post("/mediateur/pass/x/annuler", url.Values{}); status != http.StatusNotFound {
		t.Errorf("cancel line x = %d; want 404", status)
	}
}

func TestEveryOutcomeHasWords(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	m.post("/mediateur/journee", m.day())
	for _, kind := range []redeem.Kind{
		redeem.Accepted, redeem.Tolerated, redeem.Foreign, redeem.NeedsMediator, redeem.AlreadyUsed, redeem.Revoked, redeem.Expired,
		redeem.UnknownBatch, redeem.NotQualified, redeem.Forged, redeem.NeedsCode, redeem.Limit, redeem.Unreadable, redeem.Mistyped,
		redeem.NotAPass, redeem.WrongStation, redeem.NoPasses, redeem.Closed, redeem.Full, redeem.Failed,
	} {
		m.desk.row = []redeem.Line{{ID: 1, Verdict: redeem.Verdict{Kind: kind}}}
		_, page := m.get("/mediateur/pass")
		if strings.Contains(page, `<strong></strong>`) {
			t.Errorf("outcome %s has no words", kind)
		}
	}
	for _, why := range []redeem.Reason{
		redeem.UnknownIssuer, redeem.UnknownKey, redeem.NotInBatch, redeem.RevokedKey, redeem.RevokedBatch, redeem.RevokedPass, redeem.OldKey,
		redeem.Structure, redeem.Service, redeem.UsedHere, redeem.UsedElsewhere, redeem.SeenToday, redeem.DegradedMax, redeem.UnsyncedCap,
		redeem.ListAged, redeem.Suspended, redeem.ExpiryEdge, redeem.ListOld, redeem.ListMissing, redeem.CancelledHere,
	} {
		m.desk.row = []redeem.Line{{ID: 1, Verdict: redeem.Verdict{Kind: redeem.NotQualified, Why: why}}}
		_, page := m.get("/mediateur/pass")
		if !strings.Contains(page, "</p>\n<p>") {
			t.Errorf("reason %s has no words", why)
		}
	}
}

func TestEndDay(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	m.post("/mediateur/journee", m.day())
	for _, bad := range []url.Values{{"participants": {"neuf"}, "papiers": {"1"}}, {"participants": {"9"}}, {"participants": {"-1"}, "papiers": {"1"}}} {
		status, page := m.post("/mediateur/fin", bad)
		has(t, page, "Écrivez un nombre")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("endDay = %d; want 422", status)
		}
	}
	m.days.fail = kiosk.ErrDiskFull
	status, page := m.post("/mediateur/fin", url.Values{"participants": {"9"}, "papiers": {"2"}})
	has(t, page, "la journée reste ouverte")
	if status != http.StatusInsufficientStorage || !m.days.Day().Open {
		t.Errorf("endDay on a full disk = %d, open %v; want 507, true", status, m.days.Day().Open)
	}
	m.days.fail = nil
	_, page = m.post("/mediateur/fin", url.Values{"participants": {"9"}, "papiers": {"2"}})
	has(t, page, "Feuille du jour", "Il manque 1 papier")
	_, csv := m.get("/mediateur/feuille.csv")
	has(t, csv, "pass_valides", ",9,")
}

func TestTheDoorSaysWhatIsWrongWithACard(t *testing.T) {
	m := newMediation(t)
	m.state.CardError = workshop.ErrUnknownKey
	_, page := m.get("/mediateur")
	has(t, page, "Ce poste ne connaît pas encore cette carte : reliez-le au réseau, ou utilisez le code.")
	m.state.CardError = workshop.ErrNotOurs
	_, page = m.get("/mediateur")
	has(t, page, "elle est d’une autre structure")
}

func TestStationSaysWhatToDo(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	_, page := m.get("/mediateur/poste")
	has(t, page, "Tout va bien", "jamais, ou on ne sait pas quand")
	m.state.Alerts = []kiosk.Alert{
		{Kind: kiosk.AlertDeadline, N: 3, By: time.Date(2027, 2, 28, 0, 0, 0, 0, time.UTC)}, {Kind: kiosk.AlertDisk}, {Kind: kiosk.AlertAside},
		{Kind: kiosk.AlertClock}, {Kind: kiosk.AlertSync, N: 8}, {Kind: kiosk.AlertLists, N: 20}, {Kind: kiosk.AlertReader},
	}
	_, page = m.get("/mediateur/poste")
	has(t, page, "3 validations ne sont pas encore envoyées", "28 février 2027", "presque plein", "mis de côté", "depuis 8 jours", "20 jours", "lecteur de pass ne répond pas")
}

func TestARefusedLessonIsTold(t *testing.T) {
	cases := []struct {
		name string
		why  error
		want string
	}{
		{"format", lesson.ErrFormat, "pas dans le format attendu"},
		{"missing", lesson.ErrMissing, "il lui manque un fichier"},
		{"too large", lesson.ErrTooLarge, "dépasse ce qu’un poste peut garder"},
		{"path", lesson.ErrPath, "nom ou un type interdit"},
		{"active", lesson.ErrActive, "contient un programme"},
		{"remote", lesson.ErrRemote, "adresse hors de ce poste"},
		{"quiz", lesson.ErrQuiz, "son quiz n’est pas lisible"},
		{"game", lesson.ErrGame, "son jeu n’est pas lisible"},
		{"hash", lesson.ErrHash, "abîmée ou changée en chemin"},
		{"duplicate", lesson.ErrDuplicate, "le même identifiant"},
		{"disk", os.ErrPermission, "n’a pas pu être lue"},
	}
	m := newMediation(t)
	m.unlock()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m.state.Alerts = []kiosk.Alert{{Kind: kiosk.AlertLesson, File: "impots.zip", Why: fmt.Errorf("lesson pack: %w", c.why)}, {Kind: kiosk.AlertLessons, N: 4}}
			_, page := m.get("/mediateur/poste")
			has(t, page, "La leçon « impots.zip » n’est pas proposée", c.want, "4 autres leçons ne sont pas proposées")
		})
	}
	m.state.Alerts = []kiosk.Alert{{Kind: kiosk.AlertLesson, File: strings.Repeat("é", 200), Why: lesson.ErrPath}, {Kind: kiosk.AlertLesson, Why: os.ErrPermission}}
	_, page := m.get("/mediateur/poste")
	has(t, page, strings.Repeat("é", 60)+"… »", "Une leçon n’est pas proposée")
}

// fakeCodes shows one code.
type fakeCodes struct{ asked kiosk.Asked }

func (f *fakeCodes) Ask(server string) {
	f.asked = kiosk.Asked{Server: server, Running: true, Code: "KF7D-9QXM-2TPA"}
}
func (f *fakeCodes) Stop()              { f.asked.Running = false }
func (f *fakeCodes) Asked() kiosk.Asked { return f.asked }

func TestJoinByCode(t *testing.T) {
	f := &fakeCodes{asked: kiosk.Asked{Server: "flotte.exemple.fr:443"}}
	m := newMediationWith(t, func(part *kiosk.Mediator) { part.Codes = f })
	if status, _ := m.post("/mediateur/rejoindre/code", url.Values{"adresse": {"x"}}); status != http.StatusNotFound {
		t.Errorf("code of an enrolled station = %d; want 404", status)
	}
	m.state.Enrolled = false
	_, page := m.get("/mediateur/rejoindre")
	has(t, page, `value="flotte.exemple.fr:443"`, "Afficher le code de ce poste")
	for _, typed := range []string{"", "a b", "http://x/y", "moi@x", strings.Repeat("a", 300)} {
		if status, _ := m.post("/mediateur/rejoindre/code", url.Values{"adresse": {typed}}); status != http.StatusUnprocessableEntity {
			t.Errorf("address %.20q = %d; want 422", typed, status)
		}
	}
	for typed, want := range map[string]string{" https://f.fr/ ": "f.fr:443", "10.0.0.1:8883": "10.0.0.1:8883", "[2001:db8::1]:1": "[2001:db8::1]:1"} {
		_, page = m.post("/mediateur/rejoindre/code", url.Values{"adresse": {typed}})
		has(t, page, "KF7D-9QXM-2TPA", want)
	}
	m.post("/mediateur/rejoindre/code/arreter", url.Values{})
	if f.asked.Running {
		t.Error("the station still asks")
	}
	f.asked.Problem = "Le serveur ne répond pas."
	_, page = m.get("/mediateur/rejoindre/code")
	has(t, page, "Le serveur ne répond pas.")
	m.state.Enrolled = true
	_, page = m.get("/mediateur/rejoindre/code")
	has(t, page, "Avec votre carte")
}

func TestJoin(t *testing.T) {
	m := newMediation(t)
	if status, _ := m.get("/mediateur/rejoindre"); status != http.StatusNotFound {
		t.Errorf("join page of an enrolled station = %d; want 404", status)
	}
	m.state.Enrolled = false
	_, page := m.get("/mediateur")
	has(t, page, "ne fait pas encore partie", "Rattacher ce poste")
	var got string
	m.join = func(_ context.Context, token string) string { got = token; return "Ce code a déjà servi." }
	status, page := m.post("/mediateur/rejoindre", url.Values{"jeton_de_poste": {" mallette1.ab\n cd "}})
	has(t, page, "Ce code a déjà servi.")
	if status != http.StatusUnprocessableEntity || got != "mallette1.abcd" || strings.Contains(page, "mallette1.ab") {
		t.Errorf("join = %d with the right token %v; want 422, true, and the token not shown again", status, got == "mallette1.abcd")
	}
	m.join = func(context.Context, string) string { return "" }
	_, page = m.post("/mediateur/rejoindre", url.Values{"jeton_de_poste": {"mallette1.abcd"}})
	has(t, page, "C’est fait")
}

func TestTheStreamEndsWhenTheDoorShuts(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url+"/mediateur/flux", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := m.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	m.door.Lock()
	_, text := read(t, resp)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || !strings.HasSuffix(text, "event: ferme\ndata: 0\n\n") {
		t.Errorf("stream = %q; want it to end with ferme", text)
	}
}

func TestTheDaySaysForWhomALessonIs(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	_, page := m.get("/mediateur/journee")
	has(t, page, "Premiers pas, Je débute · Pour : Tout le monde", `<optgroup label="Maîtriser">`)
	if strings.Contains(page, "eloign") {
		t.Error("the page shows the code of a level or audience; want kind labels")
	}
}
