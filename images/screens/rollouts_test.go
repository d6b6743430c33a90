package screens_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/console"
	"github.com/mallette-kit/mallette/fleet/console/people"
	journals "github.com/mallette-kit/mallette/fleet/journal"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/store/storetest"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// office is a console on a store with a few stations that can be updated, and
// one published release.
type office struct {
	*httptest.Server
	t         *testing.T
	db        *store.Store
	journals  journals.Shelf
	conductor *conductor.Conductor
	stations  []wire.Station
}

// offered is the release on the office's shelf.
type offered struct{}

// Bases implements [console.Releases].
func (offered) Bases() ([]release.Base, error) {
	return []release.Base{{V: 1, Release: "2027.03.1", Arch: "amd64", Made: time.Now().AddDate(0, 0, -2), Notes: "Corrige l’écran noir de certains portables.",
		Root: release.Part{Size: 700 << 20}, Bundle: release.Bundle{Index: release.Part{Size: 1 << 20}, Pack: release.Part{Size: 119 << 20}},
		SBOM: release.Part{SHA256: strings.Repeat("a", 64), Size: 2 << 20}}}, nil
}

// OpenBlob implements [console.Releases].
func (offered) OpenBlob(release.Part) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("{}")), nil
}

// officeHash is of officePassword, at a cost that lets a test sign in quickly.
const (
	officePassword = "cheval agrafe batterie"
	officeHash     = "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlIHNsdA$lS1e8TklOaiaxm/4u6DIdgRcmAHdm5mi4lYvCUnGh/s"
)

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, db: storetest.NewFleet(t), journals: journals.Shelf{Dir: t.TempDir(), Now: time.Now}}
	log := slog.New(slog.DiscardHandler)
	reg := registry.Registry{Store: o.db, Now: time.Now, Log: log}
	gate := people.Gate{Store: o.db, Now: time.Now}
	o.conductor = &conductor.Conductor{Store: o.db, Fleet: o.db, Order: reg.OrderBase, Now: time.Now, Log: log}
	o.must(o.db.SavePerson(t.Context(), people.Person{Tenant: storetest.Tenant, Login: "tech", Name: "Tech", Role: people.Technician}))
	o.must(o.db.SetPassword(t.Context(), storetest.Tenant, "tech", officeHash, false))
	for i := range 3 {
		id := wire.Station(fmt.Sprintf("saaaaaaaaaaaaaaa%c", 'a'+i))
		storetest.Enrol(t, o.db, id, 1, make([]byte, 32))
		o.stations = append(o.stations, id)
		o.says(id, wire.BaseState{Running: "2027.02.1", Slot: "a", State: wire.BaseIdle})
	}
	o.Server = httptest.NewServer(console.New(console.Parts{Gate: gate, People: o.db, Registry: reg, Fleet: o.db, Report: report.Reporter{Store: o.db, Now: time.Now},
		Ledger: o.db, Alarms: o.db, Releases: offered{}, Rollouts: o.conductor, RolloutList: o.db, Jobs: o.db, Journals: o.journals, Now: time.Now, Log: log, Plain: true}))
	t.Cleanup(o.Close)
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) says(id wire.Station, s wire.BaseState) {
	o.t.Helper()
	now := time.Now()
	o.must(o.db.SaveHello(o.t.Context(), storetest.Tenant, id, wire.Hello{Wire: 1, Incarnation: 1, Boot: "b", Release: s.Running, Slot: s.Slot, Arch: "amd64"}, now))
	o.must(o.db.SaveReported(o.t.Context(), storetest.Tenant, id, wire.Reported{Base: &s}, now))
	o.must(o.conductor.Sweep(o.t.Context()))
}

// tries makes a station try what it is asked, well or badly.
func (o *office) tries(id wire.Station, well bool) {
	o.t.Helper()
	d, err := o.db.Desired(o.t.Context(), storetest.Tenant, id)
	o.must(err)
	s := wire.BaseState{Running: d.Base.Release, Slot: "b", Target: d.Base.Release, Go: d.Base.Go, State: wire.BaseHealthy}
	if !well {
		s.Running, s.Slot, s.State, s.Reason = "2027.02.1", "a", wire.BaseFailed, "unhealthy:display"
	}
	o.says(id, s)
}

// TestARolloutByKeyboard follows a technician from a published release to a
// rollout that stopped itself, and to an order for many stations.
func TestARolloutByKeyboard(t *testing.T) {
	o := openOffice(t)
	b := openBrowser(t)
	b.visit(o.URL + "/")
	b.signIn("tech", officePassword)
	b.follow("Déploiements")
	b.see("Aucun déploiement")
	b.follow("Versions")
	b.see("2027.02.1")
	b.picture("Versions")
	b.follow("2027.03.1")
	b.see("Corrige l’écran noir")
	b.picture("une version")
	b.follow("Déployer cette version")
	b.follow("Faire un essai à blanc")
	b.see("Ce que ce plan ferait")
	b.picture("un plan à l'essai")
	b.follow("Lancer ce déploiement")
	b.see("Vague 1")
	o.tries(o.stations[0], true)
	o.tries(o.stations[1], false)
	b.follow("Actualiser")
	b.see("Arrêté de lui-même")
	b.see("rien ne s’affichait à l’écran")
	b.unfold("Abandonner ou revenir en arrière")
	b.picture("un déploiement arrêté")
	b.visit(o.URL + "/postes/" + string(o.stations[1]))
	b.see("Revenu à la version 2027.02.1")
	b.check()

	b.visit(o.URL + "/postes")
	b.tick("Choisir Poste")
	b.unfold("Déplacer, effacer, déclarer perdus")
	b.picture("des postes choisis")
	b.visit(o.URL + "/postes")
	b.tick("Choisir Poste")
	b.follow("Redémarrer quand personne n’y travaille")
	b.see("Attend que le poste se connecte")
	b.picture("un ordre")
}

// unfold opens what a page keeps folded, and checks that too.
func (b *browser) unfold(words string) {
	b.t.Helper()
	b.reach(words)
	b.press(kb.Enter)
	b.check()
}
