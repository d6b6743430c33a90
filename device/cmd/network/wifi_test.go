package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/links"
	"github.com/mallette-kit/mallette/device/network/places"
	"github.com/mallette-kit/mallette/hardware/needs"
)

// air is a wpa_supplicant with a radio in a room: it answers on the real
// sockets, and joins a Wi-Fi when the secret is the right one. This kernel has
// no simulated radio; the real program is tried without one in package wpa, and
// with one in a virtual machine.
type air struct {
	t       *testing.T
	secrets map[string]string // of what can be heard, by name
	changed chan struct{}     // the radio has something to tell

	mu       sync.Mutex
	networks map[int]map[string]string
	next     int
	joined   string
	ears     []net.Addr
	conn     *net.UnixConn // of the interface
}

const heardTable = "bssid / frequency / signal level / flags / ssid\n" +
	"02:00:00:00:01:00\t2412\t-42\t[WPA2-PSK-CCMP][ESS]\tMairie\n" +
	"02:00:00:00:02:00\t2412\t-80\t[ESS]\tGare\n" +
	"02:00:00:00:03:00\t2412\t-60\t[WPA2-EAP-CCMP][ESS]\tLyc\\xc3\\xa9e\n"

func (a *air) start(ctx context.Context, global string) (<-chan error, error) {
	a.serve(ctx, global, func(command string, _ net.Addr) string {
		if name, ok := strings.CutPrefix(command, "INTERFACE_ADD "); ok {
			fields := strings.Split(name, "\t")
			a.mu.Lock() // held until there is somebody to tell
			defer a.mu.Unlock()
			a.conn = a.serve(ctx, filepath.Join(fields[3], fields[0]), a.answer)
			return "OK\n"
		}
		return "" // INTERFACES: none
	})
	ended := make(chan error, 1)
	context.AfterFunc(ctx, func() { ended <- nil })
	return ended, nil
}

func (a *air) serve(ctx context.Context, path string, answer func(string, net.Addr) string) *net.UnixConn {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		a.t.Error(err)
		return nil
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			conn.WriteTo([]byte(answer(string(buf[:n]), from)), from)
		}
	}()
	return conn
}

// tell sends an event to whoever listens; the lock is held.
func (a *air) tell(format string, args ...any) {
	for _, ear := range a.ears {
		a.conn.WriteTo(fmt.Appendf(nil, "<3>"+format, args...), ear)
	}
}

func (a *air) answer(command string, from net.Addr) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	verb, rest, _ := strings.Cut(command, " ")
	switch verb {
	case "PING":
		return "PONG\n"
	case "ATTACH":
		a.ears = append(a.ears, from)
	case "ADD_NETWORK":
		a.networks[a.next] = map[string]string{}
		a.next++
		return fmt.Sprintln(a.next - 1)
	case "SET_NETWORK":
		var id int
		f := strings.SplitN(rest, " ", 3)
		fmt.Sscan(f[0], &id)
		a.networks[id][f[1]] = f[2]
	case "REMOVE_NETWORK":
		var id int
		fmt.Sscan(rest, &id)
		delete(a.networks, id)
	case "SELECT_NETWORK":
		var id int
		fmt.Sscan(rest, &id)
		a.try(id)
	case "ENABLE_NETWORK":
		for id := range a.networks {
			a.try(id)
		}
	case "SCAN":
		a.tell("CTRL-EVENT-SCAN-RESULTS ")
	case "SCAN_RESULTS":
		return heardTable
	case "STATUS":
		if a.joined == "" {
			return "wpa_state=SCANNING\n"
		}
		return "wpa_state=COMPLETED\nssid=" + a.joined + "\n"
	}
	return "OK\n"
}

// try joins a network as its settings say.
func (a *air) try(id int) {
	raw := make([]byte, 32)
	n, _ := fmt.Sscanf(a.networks[id]["ssid"], "%x", &raw)
	name := string(raw)
	secret, heard := a.secrets[name]
	switch {
	case n != 1 || !heard:
		a.tell("CTRL-EVENT-NETWORK-NOT-FOUND ")
		a.tell("CTRL-EVENT-NETWORK-NOT-FOUND ")
		a.tell("CTRL-EVENT-NETWORK-NOT-FOUND ")
	case strings.Trim(a.networks[id]["psk"], `"`) != secret:
		a.tell("CTRL-EVENT-SSID-TEMP-DISABLED id=%d ssid=\"%s\" auth_failures=1 duration=10 reason=WRONG_KEY", id, name)
	default:
		a.joined = name
		a.tell("CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:01:00 completed [id=%d id_str=]", id)
	}
}

// room starts a radio in that air and waits until it is driven.
func room(t *testing.T, known ...places.Place) (*keeper, *air) {
	t.Helper()
	dir := t.TempDir()
	book, _, err := places.Open(filepath.Join(dir, "wifi"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range known {
		if err := book.Keep(p); err != nil {
			t.Fatal(err)
		}
	}
	a := &air{t: t, changed: make(chan struct{}, 1), networks: map[int]map[string]string{}, secrets: map[string]string{"Mairie": "le chat dort", "Gare": "", "Cachée": "sous la table"}}
	k := &keeper{flags: flags{Run: dir, Country: "FR"}, log: slog.New(slog.NewTextHandler(t.Output(), nil)), book: book,
		finder: links.Finder{Sys: dir}, lines: map[int]*line{}, look: make(chan struct{}, 1)}
	k.radio = newRadio(k)
	k.radio.start, k.radio.changed = a.start, func() { k.tell(); kick(a.changed) }
	k.radio.use("wlan0")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.radio.run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	a.await("the radio is driven", func() bool { return k.radio.facts().running })
	return k, a
}

// await looks each time that the radio has something to tell.
func (a *air) await(what string, ok func() bool) {
	a.t.Helper()
	late := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-a.changed:
		case <-late:
			a.t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestListenAndJoin(t *testing.T) {
	k, a := room(t)
	list, err := k.Places(t.Context(), true)
	want := []network.Place{
		{Name: "Mairie", Signal: 100, Security: network.Secret}, {Name: "Lycée", Signal: 80, Security: network.Enterprise}, {Name: "Gare", Signal: 40, Security: network.Open},
	}
	a.await("the list", func() bool { list, err = k.Places(t.Context(), false); return len(list) == 3 })
	if err != nil || !reflect.DeepEqual(list, want) {
		t.Fatalf("Places = %+v, %v; want %+v", list, err, want)
	}
	tests := []struct {
		name, place, secret string
		want                error
	}{
		{"wrong secret", "Mairie", "le chien dort", network.ErrSecret},
		{"secret of no Wi-Fi", "Mairie", "court", network.ErrForm},
		{"no secret", "Mairie", "", network.ErrForm},
		{"asks for an account", "Lycée", "le chat dort", network.ErrUnsupported},
		{"not heard", "Ailleurs", "le chat dort", network.ErrRange},
		{"right secret", "Mairie", "le chat dort", nil},
		{"hidden", "Cachée", "sous la table", nil},
		{"open", "Gare", "", nil},
		{"known, by its name alone", "Mairie", "", nil},
	}
	for _, tt := range tests {
		if err := k.Join(t.Context(), tt.place, tt.secret); !errors.Is(err, tt.want) {
			t.Errorf("%s: Join = %v; want %v", tt.name, err, tt.want)
		}
	}
	kept := []places.Place{{Name: "Mairie", Secret: "le chat dort"}, {Name: "Gare"}, {Name: "Cachée", Secret: "sous la table"}}
	if got := k.book.All(); !reflect.DeepEqual(got, kept) {
		t.Errorf("remembered %+v; want %+v", got, kept)
	}
	a.await("joined is told", func() bool { return k.State().Joined != "" })
	if err := k.Forget(t.Context(), "Gare"); err != nil || len(k.book.All()) != 2 {
		t.Errorf("Forget = %v, %d places left; want 2", err, len(k.book.All()))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.networks) != 2 {
		t.Errorf("the program knows %d networks; want the two that are remembered", len(a.networks))
	}
}

func TestKnownPlaceIsJoinedByItself(t *testing.T) {
	k, a := room(t, places.Place{Name: "Mairie", Secret: "le chat dort"})
	a.await("Mairie is joined", func() bool { return k.State().Joined == "Mairie" })
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.networks[0]
	if n["key_mgmt"] != "WPA-PSK WPA-PSK-SHA256 SAE" || n["sae_password"] != `"le chat dort"` || n["scan_ssid"] != "1" {
		t.Errorf("settings = %v; want WPA2 and WPA3, hidden or not", n)
	}
}

func TestChangedSecretIsTold(t *testing.T) {
	k, a := room(t, places.Place{Name: "Mairie", Secret: "l'ancien mot"})
	a.await("the refusal", func() bool { return k.radio.facts().refused })
	k.mu.Lock()
	k.lines[1] = &line{Interface: links.Interface{Index: 1, Name: "wlan0", Kind: network.WiFi}}
	k.mu.Unlock()
	if s := k.State(); s.Online || s.Reason != network.WrongSecret {
		t.Errorf("State = %+v; want %s", s, network.WrongSecret)
	}
}

func TestNoRadio(t *testing.T) {
	dir := t.TempDir()
	book, _, err := places.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{flags: flags{Run: dir}, book: book, log: slog.New(slog.DiscardHandler)}
	k.radio = newRadio(k)
	if err := k.Join(t.Context(), "Mairie", "le chat dort"); !errors.Is(err, network.ErrNoRadio) {
		t.Errorf("Join = %v; want %v", err, network.ErrNoRadio)
	}
	if _, err := k.Places(t.Context(), true); !errors.Is(err, network.ErrNoRadio) {
		t.Errorf("Places = %v; want %v", err, network.ErrNoRadio)
	}
}

// TestTheRealProgramStarts starts this machine's wpa_supplicant as the one of a
// userland is: by the userland's own loader, from a folder that holds it.
func TestTheRealProgramStarts(t *testing.T) {
	needs.Root(t, "wpa_supplicant opens raw sockets")
	if first("/", "usr/sbin/wpa_supplicant", "sbin/wpa_supplicant") == "" {
		needs.Missing(t, "wpa_supplicant is not installed (package wpasupplicant)")
	}
	below := t.TempDir()
	if err := os.Symlink("/", filepath.Join(below, "0123456789abcdef")); err != nil {
		t.Fatal(err)
	}
	if _, err := (userland{root: t.TempDir()}).command(); !errors.Is(err, errNoProgram) {
		t.Errorf("command in an empty folder = %v; want %v", err, errNoProgram)
	}
	k, _ := room(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	global := filepath.Join(t.TempDir(), "global")
	ended, err := (userland{below, k.log}).start(ctx, global)
	if err != nil {
		t.Fatalf("start = %v; want it started", err)
	}
	socket, err := k.radio.await(ctx, global)
	if err != nil {
		t.Fatalf("await = %v; want its socket", err)
	}
	if err := socket.Ping(ctx); err != nil {
		t.Errorf("Ping = %v; want an answer", err)
	}
	cancel()
	<-ended
}

func TestGivenPlacesAreTakenOnce(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "join.json")
	given := `{"place":"halles","wifi":[{"name":"Mairie","secret":"le chat dort"},{"name":"Gare","secret":""}]}`
	if err := os.WriteFile(file, []byte(given), 0o600); err != nil {
		t.Fatal(err)
	}
	book, _, err := places.Open(filepath.Join(dir, "wifi"))
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{flags: flags{Data: dir}, book: book, log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	k.takeJoin()
	want := []places.Place{{Name: "Mairie", Secret: "le chat dort"}, {Name: "Gare"}}
	if got := book.All(); !reflect.DeepEqual(got, want) {
		t.Errorf("places = %v; want %v", got, want)
	}
	rest, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(rest), "chat") || !strings.Contains(string(rest), "halles") {
		t.Errorf("join.json = %.80s, %v; want the place and no secret", rest, err)
	}
	if err := book.Forget("Mairie"); err != nil {
		t.Fatal(err)
	}
	k.takeJoin()
	if got := book.All(); len(got) != 1 {
		t.Errorf("places = %v; want what was forgotten to stay so", got)
	}
}
