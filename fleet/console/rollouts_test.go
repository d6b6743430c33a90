package console_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// shelf is one published release, for one kind of machine, to which a patch of
// 8 MiB and two chunks lead from 2027.02.1.
type shelf struct{}

const sbomText = `{"bomFormat":"CycloneDX"}`

func chunk(n byte) release.Chunk {
	return release.Chunk{Sum: release.Sum{n}, Size: release.MaxChunk, Packed: 512 << 10}
}

// blobs are what the shelf's parts hold, by the first letter of their names.
func (shelf) blobs() map[string]string {
	return map[string]string{
		"a": sbomText,
		"b": string(release.Index{{Name: "root", Chunks: []release.Chunk{chunk(1)}}}.Encode()),
		"c": string(release.Index{{Name: "root", Chunks: []release.Chunk{chunk(1), chunk(2), chunk(3), chunk(4)}}}.Encode()),
		"d": string(release.Patches{{Name: "root", At: release.MaxChunk, Size: release.MaxChunk, Source: release.MaxChunk, Packed: 8 << 20}}.Encode()),
	}
}

func (s shelf) part(name string) release.Part {
	return release.Part{SHA256: strings.Repeat(name, 64), Size: int64(len(s.blobs()[name]))}
}

func (s shelf) Bases() ([]release.Base, error) {
	return []release.Base{{V: 1, Release: "2027.03.1", Arch: "amd64", Made: noon.AddDate(0, 0, -2), Notes: "Corrige <l’écran>.\nAjoute le ukrainien.",
		Root: release.Part{Size: 700 << 20}, SBOM: s.part("a"),
		Bundle: release.Bundle{Index: s.part("c"), Pack: release.Part{Size: 120 << 20},
			From: []release.Ancestor{{Of: "old", Index: s.part("b"), Patches: s.part("d"), Frames: release.Part{Size: 8 << 20}}}}},
		{V: 1, Release: "2027.02.1", Arch: "amd64", Made: noon.AddDate(0, -1, 0), Verity: slot.Verity{Hash: "old"}}}, nil
}

func (s shelf) OpenBlob(p release.Part) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(s.blobs()[p.SHA256[:1]])), nil
}

// runs makes a station say how far it is.
func (h *house) runs(t *testing.T, id wire.Station, s wire.BaseState) {
	t.Helper()
	check(t, h.db.SaveHello(t.Context(), tenant, id, wire.Hello{Wire: 1, Incarnation: 1, Boot: "b", Release: s.Running, Slot: s.Slot, Arch: "amd64"}, h.now))
	check(t, h.db.SaveReported(t.Context(), tenant, id, wire.Reported{Base: &s}, h.now))
	check(t, h.conductor.Sweep(t.Context()))
}

func (h *house) both(t *testing.T) {
	t.Helper()
	for _, id := range []wire.Station{mine, theirs} {
		h.runs(t, id, wire.BaseState{Running: "2027.02.1", Slot: "a", State: wire.BaseIdle})
	}
}

var allAtOnce = url.Values{"premiers": {"0"}, "part": {"0"}, "reussite": {"90"}, "echec": {"3"}, "observation": {"24"}, "attente": {"21"}, "fin": {"120"}}

func TestAVersionIsShownAndItsBillOfMaterialsSent(t *testing.T) {
	h := newHouse(t)
	h.both(t)
	tech := h.as(t, people.Technician)
	_, page := tech.get("/versions")
	check(t, has(page, "2027.03.1", "2027.02.1", "120\u00a0Mo"))
	_, page = tech.get("/versions/2027.03.1")
	check(t, has(page, "Corrige &lt;l’écran&gt;.", "700\u00a0Mo", "Aucun poste avec cette version", "/versions/2027.03.1/sbom/amd64"))
	if _, bill := tech.get("/versions/2027.03.1/sbom/amd64"); bill != sbomText {
		t.Errorf("bill of materials = %q; want %q", bill, sbomText)
	}
	for _, path := range []string{"/versions/1999.1", "/versions/2027.03.1/sbom/arm64", "/versions/2027.02.1/sbom/amd64", "/versions/1999.1/deployer", "/deploiements/7", "/deploiements/x"} {
		if status, _ := tech.get(path); status != http.StatusNotFound {
			t.Errorf("GET %s = %d; want 404", path, status)
		}
	}
}

func TestADryRunThenARolloutThatStopsItself(t *testing.T) {
	h := newHouse(t)
	h.both(t)
	tech := h.as(t, people.Technician)
	status, page := tech.get("/versions/2027.03.1/deployer?essai=1&" + allAtOnce.Encode())
	if status != http.StatusOK {
		t.Fatalf("dry run = %d: %s", status, page)
	}
	check(t, has(page, "18\u00a0Mo au plus en tout, 9\u00a0Mo au plus par poste", "2\u00a0postes, vague par vague", "Lancer ce déploiement"))
	_, slow := tech.get("/versions/2027.03.1/deployer?essai=1&debit=100&" + allAtOnce.Encode())
	check(t, has(slow, "12\u00a0minutes au plus par poste, au débit donné"))
	if n, err := h.db.CountRollouts(t.Context(), tenant); err != nil || n != 0 {
		t.Errorf("rollouts after a dry run = %d, %v; want 0", n, err)
	}
	if status, _ = tech.post("/versions/2027.03.1/deployer", page, clone(allAtOnce)); status != http.StatusSeeOther {
		t.Fatalf("start = %d; want a redirect", status)
	}
	d, err := h.db.Desired(t.Context(), tenant, mine)
	check(t, err)
	if d.Base == nil || d.Base.Release != "2027.03.1" {
		t.Fatalf("desired of the station = %+v; want the release", d.Base)
	}
	h.runs(t, mine, wire.BaseState{Running: "2027.02.1", Slot: "a", Target: "2027.03.1", Go: d.Base.Go, State: wire.BaseFetching, Done: 3 << 20, Total: 9 << 20})
	_, page = tech.get("/deploiements/1")
	check(t, has(page, "En cours", "33\u00a0% de 9\u00a0Mo", `<progress max="2" value="0"`, "Suspendre"))
	h.runs(t, mine, wire.BaseState{Running: "2027.02.1", Slot: "a", Target: "2027.03.1", Go: d.Base.Go, State: wire.BaseFailed, Reason: "unhealthy:display"})
	_, page = tech.get("/deploiements/1?etat=failed")
	check(t, has(page, "Arrêté de lui-même", "Trop de postes ont échoué", "rien ne s’affichait à l’écran", "Réessayer", "Reprendre"))
	if strings.Contains(page, "Lire le journal") {
		t.Error("the journal of the start is there before the station sent it")
	}
	h.sends(t, mine, wire.TrialJournal(d.Base.Go))
	_, page = tech.get("/deploiements/1?etat=failed")
	check(t, has(page, "Lire le journal de ce démarrage", "/postes/"+string(mine)+"/journaux/trial-"+d.Base.Go))
	_, page = tech.get("/versions")
	check(t, has(page, `<span class="tag bad">1</span>`))
	h.runs(t, mine, wire.BaseState{Running: "2027.02.1", Slot: "a", Target: "2027.02.1", State: wire.BaseHealthy}) // as the rollout that stopped has asked
	_, page = tech.get("/deploiements/1?etat=failed")
	check(t, has(page, "Lire le journal de ce démarrage", "/postes/"+string(mine)+"/journaux/trial-"+d.Base.Go))
	h.runs(t, mine, wire.BaseState{Running: "2027.02.1", Slot: "a", Target: "2027.03.1", Go: d.Base.Go, State: wire.BaseFailed, Reason: "unhealthy:display"})
	_, page = tech.get("/postes/" + string(mine))
	check(t, has(page, "Revenu à la version 2027.02.1", "rien ne s’affichait à l’écran"))
	_, page = tech.get("/deploiements")
	check(t, has(page, "0 sur 2", "Tous les postes"))
}

func clone(v url.Values) url.Values {
	out := url.Values{}
	for name, values := range v {
		out[name] = values
	}
	return out
}

func TestDecisionsOnARollout(t *testing.T) {
	tests := []struct {
		name   string
		form   url.Values
		status int
		shown  string
	}{
		{"pause", url.Values{"geste": {"suspendre"}}, http.StatusSeeOther, "Suspendu"},
		{"abort", url.Values{"geste": {"abandonner"}, "sur": {"oui"}}, http.StatusSeeOther, "Abandonné"},
		{"abort without being sure", url.Values{"geste": {"abandonner"}}, http.StatusUnprocessableEntity, "En cours"},
		{"undo", url.Values{"geste": {"annuler"}, "sur": {"oui"}}, http.StatusSeeOther, "Abandonné et annulé"},
		{"a kit goes back", url.Values{"geste": {"mallette"}, "mallette": {"kit-1"}, "sur": {"oui"}}, http.StatusSeeOther, "Mallette kit-1 remise"},
		{"no kit goes back", url.Values{"geste": {"mallette"}, "mallette": {""}, "sur": {"oui"}}, http.StatusUnprocessableEntity, "En cours"},
		{"a stranger is tried again", url.Values{"geste": {"reessayer"}, "poste": {"szzzz"}}, http.StatusSeeOther, "Déploiement lancé"},
		{"something else", url.Values{"geste": {"exploser"}, "sur": {"oui"}}, http.StatusUnprocessableEntity, "En cours"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			h.both(t)
			tech := h.as(t, people.Technician)
			_, page := tech.get("/versions/2027.03.1/deployer?essai=1")
			if status, _ := tech.post("/versions/2027.03.1/deployer", page, clone(allAtOnce)); status != http.StatusSeeOther {
				t.Fatalf("start = %d; want a redirect", status)
			}
			_, page = tech.get("/deploiements/1")
			status, _ := tech.post("/deploiements/1", page, tt.form)
			_, page = tech.get("/deploiements/1")
			if status != tt.status || !strings.Contains(page, tt.shown) {
				t.Errorf("POST = %d, page shows %q: %v; want %d and it", status, tt.shown, strings.Contains(page, tt.shown), tt.status)
			}
		})
	}
}

func TestAPlanThatCannotBeIsRefusedInWords(t *testing.T) {
	h := newHouse(t)
	h.both(t)
	tech := h.as(t, people.Technician)
	for name, query := range map[string]string{"ends before it may": "fin=1", "a letter": "premiers=x", "another kind of target": "cible=planete:terre",
		"half a window": "de=22:00", "over a hundred": "reussite=101"} {
		t.Run(name, func(t *testing.T) {
			if status, page := tech.get("/versions/2027.03.1/deployer?essai=1&" + query); status != http.StatusUnprocessableEntity {
				t.Errorf("dry run = %d: %.200s; want 422", status, page)
			}
		})
	}
	_, page := tech.get("/versions/2027.03.1/deployer?essai=1&cible=lieu:nulle-part")
	check(t, has(page, "Aucun poste ne peut recevoir cette version"))
	h.now = h.now.Add(time.Minute)
	_, page = tech.get("/versions/2027.03.1/deployer?essai=1&cible=mallette:kit-2&de=22:00&a=05:00&debit=500&volume=oui")
	check(t, has(page, "1\u00a0poste, vague par vague", `value="22:00"`))
}
