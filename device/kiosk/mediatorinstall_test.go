package kiosk_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/mallette-kit/mallette/device/install"
	"github.com/mallette-kit/mallette/device/kiosk"
)

// fakeInstaller has one disk with Windows on it, and one that is too small.
type fakeInstaller struct {
	state install.State
	away  bool
	got   []install.Order
}

func (f *fakeInstaller) Disks(context.Context) ([]install.Disk, error) {
	if f.away {
		return nil, &install.Error{Problem: install.Away}
	}
	return []install.Disk{
		{Name: "sda", Model: "Disque <b>", Serial: "S1", Sequence: 7, Size: 256e9, Parts: []install.Part{
			{Format: "ntfs", Owner: "windows", Label: "OS", Size: 200e9}, {Format: "ext", Owner: "linux", Size: 50e9}}},
		{Name: "sdb", Size: 1e9, Problem: "small"},
	}, nil
}

func (f *fakeInstaller) State(context.Context) (install.State, error) {
	if f.away {
		return install.State{}, &install.Error{Problem: install.Away}
	}
	return f.state, nil
}

func (f *fakeInstaller) Install(_ context.Context, o install.Order) error {
	f.got = append(f.got, o)
	if o.Typed != o.Disk.Name {
		return &install.Error{Problem: install.Untyped}
	}
	f.state = install.State{Phase: install.Writing, Disk: o.Disk, Done: 30, Total: 100}
	return nil
}

func withInstaller(t *testing.T) (*mediation, *fakeInstaller) {
	t.Helper()
	f := &fakeInstaller{}
	return newMediationWith(t, func(part *kiosk.Mediator) { part.Installer = f }), f
}

func choice(name string) url.Values {
	return url.Values{"disque": {"sda"}, "suite": {"7"}, "serie": {"S1"}, "taille": {"256000000000"}, "nom": {name}}
}

// TestInstalling goes the whole way: what is there, what will be lost, the name
// typed, how far it is, and what to do next.
func TestInstalling(t *testing.T) {
	m, f := withInstaller(t)
	m.unlock()
	_, page := m.get("/mediateur")
	has(t, page, "Installer sur cet ordinateur")
	_, page = m.get("/mediateur/installer")
	has(t, page, "Windows « OS », 200 Go, Linux, 50 Go", "Disque <b>", "trop petit", "Choisir le disque sda")
	_, page = m.post("/mediateur/installer/choisir", choice(""))
	has(t, page, "Effacer le disque sda ?", "Windows « OS », 200 Go", "ne démarrera plus rien", "tapez le nom du disque : sda")
	code, page := m.post("/mediateur/installer/lancer", choice("sdb"))
	has(t, page, "Le nom tapé n’est pas celui du disque")
	if code != http.StatusUnprocessableEntity {
		t.Errorf("wrong name = %d; want 422", code)
	}
	_, page = m.post("/mediateur/installer/lancer", choice("sda"))
	has(t, page, "Écriture des deux systèmes", "30 %", "Figer cette page")
	_, page = m.get("/mediateur/installer")
	has(t, page, "Écriture des deux systèmes")
	f.state.Phase = install.Done
	_, page = m.get("/mediateur/installer/suivi")
	has(t, page, "Retirez la clé", "relu et vérifié")
	f.state = install.State{Phase: install.Failed, Disk: f.got[1].Disk, Problem: "medium", Erased: true}
	_, page = m.get("/mediateur/installer/suivi")
	has(t, page, "sda ne démarre plus rien", "usé ou défectueux")
}

// TestInstallAsShown: a form that speaks of another medium asks for nothing.
func TestInstallAsShown(t *testing.T) {
	m, f := withInstaller(t)
	m.unlock()
	for _, field := range []string{"disque", "suite", "serie", "taille"} {
		form := choice("sda")
		form.Set(field, "9")
		code, page := m.post("/mediateur/installer/lancer", form)
		has(t, page, "Les disques ont changé")
		if code != http.StatusConflict || len(f.got) != 0 {
			t.Errorf("another %s = %d, %d orders; want 409, none", field, code, len(f.got))
		}
	}
	code, _ := m.post("/mediateur/installer/choisir", url.Values{"disque": {"sdb"}, "suite": {"0"}, "serie": {""}, "taille": {"1000000000"}})
	if code != http.StatusConflict {
		t.Errorf("a disk that is too small = %d; want 409", code)
	}
}

// TestInstallBehindTheDoor: whoever sits at a station of a fleet cannot erase
// a disk; before there is a fleet nobody could have a card.
func TestInstallBehindTheDoor(t *testing.T) {
	m, f := withInstaller(t)
	_, page := m.post("/mediateur/installer/lancer", choice("sda"))
	has(t, page, "Avec votre carte")
	m.state.Enrolled = false
	_, page = m.get("/mediateur/installer")
	has(t, page, "Choisir le disque sda")
	f.away = true
	_, page = m.get("/mediateur/installer")
	has(t, page, "n’est pas disponible")
	if len(f.got) != 0 {
		t.Errorf("orders %v; want none", f.got)
	}
}

func TestInstallWords(t *testing.T) {
	m, f := withInstaller(t)
	m.unlock()
	_, other := func() (int, string) {
		f.state = install.State{Phase: install.Failed, Problem: install.Unknown}
		return m.get("/mediateur/installer/suivi")
	}()
	for _, p := range []install.Problem{"system", "in_use", "small", "read_only", "rights", "missing", "damaged", "pulled", "medium", "differs", "stuck",
		install.Busy, install.Untyped, install.Away, install.NoProgram, install.Lessons} {
		f.state.Problem = p
		if _, page := m.get("/mediateur/installer/suivi"); page == other {
			t.Errorf("problem %q has no words of its own", p)
		}
	}
}
