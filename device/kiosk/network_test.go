package kiosk_test

import (
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/network"
)

// fakeNetwork is a room with four Wi-Fi, of which the secret of one is known to
// the test.
type fakeNetwork struct {
	state network.State
	away  bool
	did   []string
}

func (f *fakeNetwork) State(context.Context) (network.State, error) {
	if f.away {
		return network.State{}, network.ErrAway
	}
	return f.state, nil
}

func (f *fakeNetwork) Places(_ context.Context, rescan bool) ([]network.Place, error) {
	if f.away {
		return nil, network.ErrAway
	}
	if rescan {
		f.did = append(f.did, "listen")
	}
	return []network.Place{
		{Name: "Mairie <b>", Signal: 80, Security: network.Secret}, {Name: "Gare", Signal: 40, Security: network.Open},
		{Name: "Lycée", Signal: 20, Security: network.Enterprise}, {Name: "Maison", Security: network.Secret, Known: true},
	}, nil
}

func (f *fakeNetwork) Join(_ context.Context, name, secret string) error {
	f.did = append(f.did, "join "+name)
	if secret != "" && secret != "le chat dort" {
		return network.ErrSecret
	}
	return nil
}

func (f *fakeNetwork) Forget(_ context.Context, name string) error {
	f.did = append(f.did, "forget "+name)
	return nil
}

func (f *fakeNetwork) Probe(context.Context) (network.State, error) {
	f.did = append(f.did, "try")
	return f.state, nil
}

func withNetwork(t *testing.T) (*mediation, *fakeNetwork) {
	t.Helper()
	f := &fakeNetwork{state: network.State{Reason: network.NoneKnown, Radio: true}}
	m := newMediationWith(t, func(part *kiosk.Mediator) {
		part.Network = f
		part.OpenPortal = func(_ context.Context, address string) error { f.did = append(f.did, "open "+address); return nil }
	})
	return m, f
}

func TestChoosingAWiFi(t *testing.T) {
	m, f := withNetwork(t)
	m.unlock()
	_, page := m.get("/mediateur/reseau")
	has(t, page, "Ce poste ne connaît encore aucun Wi-Fi.", "bien entendu", "Mairie <b>", "Lycée", "demande un compte", "déjà rejoint", "pas entendu ici")
	if strings.Contains(page, "<b>") || strings.Contains(page, `name="secret" type="text"`) {
		t.Error("a name is read as HTML, or a secret can be read")
	}
	_, page = m.get("/mediateur/reseau?" + url.Values{"nom": {"Mairie <b>"}}.Encode())
	has(t, page, `id="secret" name="secret" type="password"`, "Une personne qui volerait le disque pourrait le lire.")
	_, page = m.get("/mediateur/reseau?" + url.Values{"nom": {"Mairie <b>"}, "montrer": {"1"}}.Encode())
	has(t, page, `id="secret" name="secret" type="text"`)
	code, page := m.post("/mediateur/reseau/rejoindre", url.Values{"nom": {"Mairie <b>"}, "secret": {"le chien dort"}})
	has(t, page, "Ce mot de passe n’est pas le bon", `id="secret"`)
	if code != http.StatusUnprocessableEntity || strings.Contains(page, "le chien dort") {
		t.Errorf("wrong secret = %d; want 422, and the secret not shown again", code)
	}
	_, page = m.post("/mediateur/reseau/rejoindre", url.Values{"nom": {"Mairie <b>"}, "secret": {"le chat dort"}})
	has(t, page, "Ce Wi-Fi est rejoint.")
	_, page = m.post("/mediateur/reseau/oublier", url.Values{"nom": {"Maison"}})
	has(t, page, "sont oubliés")
	m.post("/mediateur/reseau/ecouter", url.Values{})
	m.post("/mediateur/reseau/essayer", url.Values{})
	if want := []string{"join Mairie <b>", "join Mairie <b>", "forget Maison", "listen", "try"}; !slices.Equal(f.did, want) {
		t.Errorf("did %q; want %q", f.did, want)
	}
}

func TestPortalIsOpenedForOnePerson(t *testing.T) {
	m, f := withNetwork(t)
	m.unlock()
	f.state = network.State{Reason: network.Portal, Portal: "http://portail.example/x"}
	_, page := m.get("/mediateur/reseau")
	has(t, page, "Ouvrir cette page", "http://portail.example/x")
	m.post("/mediateur/reseau/portail", url.Values{"adresse": {"http://ailleurs.example/"}})
	if want := []string{"open http://portail.example/x"}; !slices.Equal(f.did, want) {
		t.Errorf("did %q; want %q", f.did, want)
	}
}

// TestEveryReasonInEveryLanguage shows each state with its sentences.
func TestEveryReasonInEveryLanguage(t *testing.T) {
	m, f := withNetwork(t)
	m.unlock()
	for _, lang := range kiosk.Languages() {
		m.post("/langue", url.Values{"langue": {lang}, "vers": {"/"}})
		for _, why := range network.Reasons() {
			f.state.Reason = why
			if code, page := m.get("/mediateur/reseau"); code != 200 || rawKey.MatchString(page) || strings.Contains(page, "network.") {
				t.Errorf("%s in %s = %d; want a page with sentences", why, lang, code)
			}
		}
		for _, s := range []network.State{{Online: true, Joined: "Gare", Radio: true}, {Online: true}} {
			f.state = s
			if code, _ := m.get("/mediateur/reseau"); code != 200 {
				t.Errorf("online in %s = %d; want 200", lang, code)
			}
		}
	}
	f.away = true
	if code, page := m.get("/mediateur/reseau"); code != 200 || strings.Contains(page, "/rejoindre") {
		t.Errorf("without the network program = %d; want a page without a chooser", code)
	}
}

func TestNetworkBehindTheDoor(t *testing.T) {
	m, f := withNetwork(t)
	if _, page := m.get("/mediateur/reseau"); strings.Contains(page, "Mairie") {
		t.Error("the Wi-Fi are listed while mediator mode is shut")
	}
	m.post("/mediateur/reseau/oublier", url.Values{"nom": {"Maison"}})
	if len(f.did) != 0 {
		t.Errorf("did %q while mediator mode is shut; want nothing", f.did)
	}
	m.state.Enrolled = false
	_, page := m.get("/mediateur")
	has(t, page, "Choisir le réseau")
	_, page = m.get("/mediateur/reseau")
	has(t, page, "Mairie")
}

func checks() []kiosk.Check {
	return []kiosk.Check{
		{Topic: kiosk.CheckNetwork, Good: true, Say: "good"}, {Topic: kiosk.CheckNetwork, Good: true, Say: "hosted"},
		{Topic: kiosk.CheckDisk, Good: true, Say: "good", N: 1}, {Topic: kiosk.CheckDisk, Say: "low", N: 1}, {Topic: kiosk.CheckDisk, Say: "aside"},
		{Topic: kiosk.CheckDisk, Say: "memory"}, {Topic: kiosk.CheckDisk, Say: "readonly"},
		{Topic: kiosk.CheckDisk, Say: "repaired"}, {Topic: kiosk.CheckBattery, Good: true, Say: "none"}, {Topic: kiosk.CheckBattery, Good: true, Say: "good", N: 64},
		{Topic: kiosk.CheckBattery, Say: "low", N: 7}, {Topic: kiosk.CheckBattery, Say: "worn", N: 55}, {Topic: kiosk.CheckReader, Good: true, Say: "good", X: "scanner"},
		{Topic: kiosk.CheckReader, Say: "none"}, {Topic: kiosk.CheckReader, Say: "silent"}, {Topic: kiosk.CheckReader, Good: true, Say: "unused"},
		{Topic: kiosk.CheckCamera, Good: true, Say: "good", X: "camera"}, {Topic: kiosk.CheckCamera, Good: true, Say: "none"},
		{Topic: kiosk.CheckClock, Good: true, Say: "good"}, {Topic: kiosk.CheckClock, Say: "unset"}, {Topic: kiosk.CheckDisplay, Good: true, Say: "good"},
		{Topic: kiosk.CheckMachine, Good: true, Say: "good", X: "ThinkPad X250"}, {Topic: kiosk.CheckMachine, Good: true, Say: "live", X: "ThinkPad X250"},
		{Topic: kiosk.CheckMachine, Say: "weak"}, {Topic: kiosk.CheckMachine, Good: true, Say: "unknown", X: "unknown"}, {Topic: kiosk.CheckMachine, Say: "hot", N: 91}, {Topic: kiosk.CheckFirmware, Say: "missing", X: "rtl_nic/rtl8168g.fw"},
	}
}

func withReady(t *testing.T, list []kiosk.Check) *mediation {
	t.Helper()
	return newMediationWith(t, func(part *kiosk.Mediator) {
		part.Network = &fakeNetwork{}
		part.Ready = func(context.Context) []kiosk.Check { return list }
	})
}

func TestReadySaysEverythingInEveryLanguage(t *testing.T) {
	all := checks()
	for _, why := range network.Reasons() {
		all = append(all, kiosk.Check{Topic: kiosk.CheckNetwork, Say: string(why)})
	}
	m := withReady(t, append(all, kiosk.Check{Topic: kiosk.CheckSound, Good: true, Say: "card"}))
	m.unlock()
	for _, lang := range kiosk.Languages() {
		m.post("/langue", url.Values{"langue": {lang}, "vers": {"/"}})
		for _, path := range []string{"/mediateur/pret", "/mediateur/pret?son=oui", "/mediateur/pret?son=non", "/mediateur/pret?son=%22%3E"} {
			if code, page := m.get(path); code != 200 || strings.Contains(page, "ready.") || strings.Contains(page, `">"`) {
				t.Errorf("%s in %s = %d; want sentences", path, lang, code)
			}
		}
	}
}

func TestReadyCounts(t *testing.T) {
	good := []kiosk.Check{{Topic: kiosk.CheckClock, Good: true, Say: "good"}, {Topic: kiosk.CheckSound, Good: true, Say: "card"}}
	m := withReady(t, good)
	m.unlock()
	_, page := m.get("/mediateur")
	has(t, page, "Tout est prêt ?")
	_, page = m.get("/mediateur/pret")
	has(t, page, "Tout est prêt.", "Écoutez, puis dites")
	_, page = m.post("/mediateur/pret/son", url.Values{"entendu": {"non"}})
	has(t, page, "1 chose à voir.", "Montez le son")
	_, page = m.post("/mediateur/pret/son", url.Values{"entendu": {"oui"}})
	has(t, page, "Tout est prêt.", "Le son fonctionne.")
	m = withReady(t, []kiosk.Check{{Topic: kiosk.CheckClock, Say: "unset"}, {Topic: kiosk.CheckSound, Say: "none"}})
	m.unlock()
	_, page = m.get("/mediateur/pret")
	has(t, page, "2 choses à voir.", "confirmez-la en ouvrant la journée", "n’a pas de son utilisable")
}

// TestTone reads the sound as a browser does.
func TestTone(t *testing.T) {
	m := withReady(t, nil)
	m.unlock()
	resp, err := m.client.Get(m.url + "/mediateur/pret/son.wav")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.Header.Get("Content-Type") != "audio/wav" || len(b) < 44 || string(b[:4]) != "RIFF" {
		t.Fatalf("tone = %d bytes of %s, %v; want a sound", len(b), resp.Header.Get("Content-Type"), err)
	}
	loudest := 0
	for at := 44; at+1 < len(b); at += 2 {
		loudest = max(loudest, int(int16(binary.LittleEndian.Uint16(b[at:]))))
	}
	if int(binary.LittleEndian.Uint32(b[40:])) != len(b)-44 || loudest < 6000 || loudest > 16000 {
		t.Errorf("tone of %d bytes, loudest %d; want it whole, heard and soft", len(b), loudest)
	}
}
