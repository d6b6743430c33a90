package console_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/console"
	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/journal"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

const (
	tenant = wire.Tenant("demo")
	mine   = wire.Station("saaaaaaaaaaaaaaaa") // of structure 1, territory Métropole
	theirs = wire.Station("sbbbbbbbbbbbbbbbb") // of structure 2, territory Ailleurs
)

var noon = time.Date(2027, 2, 10, 12, 0, 0, 0, time.UTC)

// house is a console on a real store with two structures.
type house struct {
	*httptest.Server
	db   *store.Store
	gate people.Gate
	mint *mint.Mint
	now  time.Time

	conductor *conductor.Conductor
	journals  journal.Shelf
}

type nowhere struct{}

func (nowhere) Publish(wire.Tenant, map[string][]byte) error { return nil }

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{now: noon}
	clock := func() time.Time { return h.now }
	db, err := store.Create(t.Context(), t.TempDir(), store.WithNow(clock))
	check(t, err)
	t.Cleanup(func() { db.Close() })
	vault, err := mint.CreateVault(filepath.Join(t.TempDir(), "vault"))
	check(t, err)
	log := slog.New(slog.DiscardHandler)
	h.db, h.gate = db, people.Gate{Store: db, Now: clock}
	h.mint = &mint.Mint{Store: db, Vault: vault, Publisher: nowhere{}, Now: clock, Log: log}
	reg := registry.Registry{Store: db, Now: clock, Log: log,
		Give: func(code string, issue func() (string, error)) error {
			if code != shownCode {
				return registry.ErrNobodyWaits
			}
			_, err := issue()
			return err
		},
		Issue: func(ctx context.Context, tenant wire.Tenant, kit string, claims wire.Station, expires time.Time) (string, error) {
			token := enroll.Token{Tenant: tenant, Kit: kit, Claims: claims, Expires: expires}
			_, _ = rand.Read(token.Hash[:]) // never fails
			return "MALLETTE-" + kit, db.Enrolment().AddToken(ctx, token)
		}}
	h.furnish(t, reg)
	h.journals = journal.Shelf{Dir: t.TempDir(), Now: clock}
	h.conductor = &conductor.Conductor{Store: db, Fleet: db, Order: reg.OrderBase, Now: clock, Log: log}
	h.Server = httptest.NewTLSServer(console.New(console.Parts{Gate: h.gate, People: db, Registry: reg, Fleet: db,
		Report: report.Reporter{Store: db, Now: clock}, Mint: h.mint, Ledger: db, Alarms: db, Now: clock, Log: log,
		Releases: shelf{}, Rollouts: h.conductor, RolloutList: db, Jobs: db, Journals: h.journals,
		Unseal: func(sealed []byte) ([]byte, error) { return sealed, nil }}))
	t.Cleanup(h.Close)
	return h
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) furnish(t *testing.T, reg registry.Registry) {
	t.Helper()
	by := registry.Actor{Login: "test"}
	check(t, reg.SaveTenant(t.Context(), by, registry.Tenant{ID: tenant, Name: "Mallette du Grand Est", Demonstration: true}))
	for i, place := range []string{"halles", "mairie"} {
		id := pass.Structure(i + 1)
		check(t, reg.SaveStructure(t.Context(), by, tenant, registry.Structure{ID: id, Name: fmt.Sprint("Structure ", id), Territory: []string{"Métropole", "Ailleurs"}[i], Passes: true}))
		check(t, reg.SavePlace(t.Context(), by, tenant, registry.Place{ID: place, Structure: id, Name: place, Zone: "Europe/Paris"}))
		kit := fmt.Sprint("kit-", id)
		check(t, reg.SaveKit(t.Context(), by, tenant, registry.Kit{ID: kit, Structure: id}))
		st := []wire.Station{mine, theirs}[i]
		check(t, h.db.Enrolment().AddToken(t.Context(), enroll.Token{Hash: enroll.Hash{byte(id)}, Tenant: tenant, Kit: kit, Expires: h.now.Add(time.Hour)}))
		check(t, h.db.Enrolment().Admit(t.Context(), enroll.Admission{Token: enroll.Hash{byte(id)}, Key: enroll.Hash{9, byte(id)}, At: h.now,
			Station:     enroll.Station{Tenant: tenant, ID: st, Incarnation: 1, Kit: kit, Ledger: make([]byte, 32)},
			Certificate: enroll.Certificate{Serial: string(st), Tenant: tenant, Station: st, Incarnation: 1, NotAfter: h.now.AddDate(1, 0, 0)}}))
	}
	issuer, err := h.mint.AddIssuer(t.Context(), tenant, mint.Issuer{Name: "Métropole", Address: "1 place Stanislas, Nancy"})
	check(t, err)
	o := mint.Order{Issuer: issuer.ID, Commanditaire: "Chambre des métiers", FaceValue: 1000, CarnetSize: 10, Carnets: 60}
	o.YearDates(2026)
	for _, id := range []pass.Structure{1, 2} {
		o.Structures = append(o.Structures, pass.Qualification{Structure: id, Until: o.PresentBy})
	}
	b, err := h.mint.CreateBatch(t.Context(), tenant, o)
	check(t, err)
	h.validate(t, b, mine, 1, 1)
	h.validate(t, b, mine, 1, 2)
	h.validate(t, b, theirs, 2, 1) // the same pass as the first
	check(t, h.mint.SettleAll(t.Context()))
	_, err = h.mint.IssueCard(t.Context(), tenant, 1, pass.DayOf(noon)+30, "Carte de secours")
	check(t, err)
	check(t, h.db.Quarantine(t.Context(), intake.Quarantined{Tenant: tenant, Station: mine, Kind: wire.KindRecords, Alarm: intake.AlarmJournal, Seq: 9, Payload: []byte("x")}))
	h.count(t)
}

// count stores usage of both structures, so small in the second that it may
// not be told above it.
func (h *house) count(t *testing.T) {
	t.Helper()
	var rev uint64
	counter := func(period, place string, name wire.CounterName, lesson, item, outcome string, value uint64) wire.Counter {
		rev++
		return wire.Counter{Period: period, Place: place, Name: name, Lesson: lesson, Item: item, Outcome: outcome, Value: value, Rev: rev, Clock: pass.ClockMediator}
	}
	check(t, h.db.AddCounters(t.Context(), tenant, mine, 1, wire.Counters{Log: pass.LogID{1}, Counters: []wire.Counter{
		counter("2027-01-14/am", "halles", wire.CountSessions, "", "", "ended", 31), counter("2027-01-14/pm", "halles", wire.CountSessions, "", "", "idle", 17),
		counter("2027-02-04/am", "halles", wire.CountSessions, "", "", "ended", 22), counter("2027-01-14/am", "halles", wire.CountParticipants, "", "", "", 24),
		counter("2027-01-14/am", "halles", wire.CountLessons, "souris", "", "started", 29), counter("2027-01-14/am", "halles", wire.CountLessons, "souris", "", "finished", 21),
		counter("2027-02-04/am", "halles", wire.CountLessons, "arnaques", "", "started", 12), counter("2027-01", "", wire.CountLanguage, "", "fr", "", 60),
		counter("2027-01", "", wire.CountLanguage, "", "ti", "", 1), counter("2027-01", "", wire.CountAccess, "", "grand", "", 9)}}))
	check(t, h.db.AddCounters(t.Context(), tenant, theirs, 1, wire.Counters{Log: pass.LogID{2}, Counters: []wire.Counter{
		counter("2027-01-20/pm", "mairie", wire.CountSessions, "", "", "ended", 3)}}))
	check(t, h.db.SaveTelemetry(t.Context(), tenant, theirs, wire.Telemetry{OutboxPending: 6, DiskFree: 1 << 33, DiskTotal: 1 << 35, Clock: pass.ClockUnset,
		Problems: []string{"undervoltage"}}, h.now.AddDate(0, 0, -19)))
	check(t, h.db.SaveHello(t.Context(), tenant, mine, wire.Hello{Wire: 1, Incarnation: 1, Boot: "b", Release: "2027.02.1", Slot: "a", Model: "ThinkPad X250", Arch: "amd64"}, h.now.Add(-time.Minute)))
	check(t, h.db.SetOnline(t.Context(), tenant, mine, wire.State{Online: true, Session: 4}, h.now))
}

// validate believes a validation of the n-th pass of a batch.
func (h *house) validate(t *testing.T, b mint.Batch, st wire.Station, structure pass.Structure, n pass.Serial) {
	t.Helper()
	log := pass.LogID{byte(structure)}
	at := time.Date(2027, 1, 14, 9, int(n), 0, 0, time.UTC)
	rec := pass.Record{V: 1, Kind: pass.Validation, Tenant: string(tenant), Station: string(st), At: pass.Position{Log: log, Seq: uint64(n)},
		Stamp:     pass.Stamp{Wall: at, Clock: pass.ClockMediator, Boot: "b"},
		Pass:      &pass.Ref{Assurance: pass.QRSigned, Issuer: b.Manifest.Issuer, Batch: b.Manifest.Batch, Serial: b.Manifest.First + n - 1, Key: b.Manifest.Keys[0]},
		Structure: structure, Place: []string{"halles", "mairie"}[structure-1], Service: "KS-01", Posture: pass.PostureGuide, PaperKept: true}
	check(t, h.db.Believe(t.Context(), intake.Belief{Log: intake.Log{Tenant: tenant, Station: st, ID: log}, Seq: uint64(n),
		Validations: []intake.Validation{{Record: rec, At: at, Clock: pass.ClockMediator, Received: at.Add(time.Hour)}}}))
}

// foreign stores a validation of another issuer's pass, code and all, as
// evidence and as belief; the house's seal is none.
func (h *house) foreign(t *testing.T, code string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	check(t, err)
	ledger := pass.Ledger{Tenant: string(tenant), Station: string(mine), Log: pass.LogID{8}, Key: key}
	rec := pass.Record{V: 1, Kind: pass.Validation, Tenant: string(tenant), Station: string(mine), At: pass.Position{Log: ledger.Log, Seq: 1},
		Stamp: pass.Stamp{Wall: noon, Clock: pass.ClockNTP, Boot: "b"}, Pass: &pass.Ref{Assurance: pass.ForeignRead, Foreign: code},
		Structure: 1, SIRET: "73282932000074", Place: "halles", Service: "KS-02", Posture: pass.PostureWith, PaperKept: true}
	sealed, err := rec.Encode()
	check(t, err)
	entry, _, err := ledger.Next(sealed)
	check(t, err)
	check(t, h.db.AddEvidence(t.Context(), tenant, mine, 1, wire.Records{Log: ledger.Log, First: 1, Entries: []pass.Entry{entry}}))
	rec.Pass = &pass.Ref{Assurance: pass.ForeignRead}
	check(t, h.db.Believe(t.Context(), intake.Belief{Log: intake.Log{Tenant: tenant, Station: mine, ID: ledger.Log}, Seq: 1,
		Validations: []intake.Validation{{Record: rec, MAC: "mac", At: noon, Clock: pass.ClockNTP, Received: noon}}}))
}

// browser is one person's browser.
type browser struct {
	*http.Client
	t    *testing.T
	base string
}

func (h *house) browser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	check(t, err)
	client := *h.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{&client, t, h.URL}
}

// as signs in somebody with a role, past the one-time password.
func (h *house) as(t *testing.T, role people.Role) *browser {
	t.Helper()
	p := people.Person{Tenant: tenant, Login: string(role), Name: string(role), Role: role}
	if role == people.Mediator {
		p.Structure = 1
	}
	if role == people.Coordinator {
		p.Territory = "Métropole"
	}
	check(t, h.db.SavePerson(t.Context(), p))
	check(t, h.db.SetPassword(t.Context(), tenant, p.Login, cheapHash, false))
	b := h.browser(t)
	status, body := b.signIn(p.Login, password)
	if status != http.StatusSeeOther {
		t.Fatalf("sign in as %s = %d: %s; want a redirect", role, status, body)
	}
	return b
}

const password = "cheval agrafe batterie"

// cheapHash is of password, at a cost that lets a test sign in often.
const cheapHash = "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNsdA$lS1e8TklOaiaxm/4u6DIdgRcmAHdm5mi4lYvCUnGh/s"

func (b *browser) signIn(login, password string) (int, string) {
	_, page := b.get("/connexion")
	return b.post("/connexion", page, url.Values{"identifiant": {login}, "passe": {password}})
}

func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	resp, err := b.Get(b.base + path)
	check(b.t, err)
	return read(b.t, resp)
}

var tokenForm = regexp.MustCompile(`name="jeton" value="([0-9a-f]+)"`)

// post sends a form with the token of the page it stands on.
func (b *browser) post(path, page string, form url.Values) (int, string) {
	b.t.Helper()
	if m := tokenForm.FindStringSubmatch(page); m != nil {
		form.Set("jeton", m[1])
	}
	resp, err := b.PostForm(b.base+path, form)
	check(b.t, err)
	return read(b.t, resp)
}

func read(t *testing.T, resp *http.Response) (int, string) {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	check(t, err)
	return resp.StatusCode, string(body)
}

// has reports whether a page holds every text.
func has(page string, texts ...string) error {
	for _, text := range texts {
		if !strings.Contains(page, text) {
			return errors.New("page without " + text)
		}
	}
	return nil
}
