package wpa_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/network/wpa"
	"github.com/mallette-kit/mallette/hardware/needs"
)

const table = "bssid / frequency / signal level / flags / ssid\n" +
	"02:00:00:00:01:00\t2412\t-42\t[WPA2-PSK-CCMP][ESS]\tMediatheque\n" +
	"02:00:00:00:01:01\t5180\t-71\t[WPA2-PSK+SAE-CCMP][ESS]\tMediatheque\n" +
	"02:00:00:00:02:00\t2437\t-60\t[ESS]\tGare\n" +
	"02:00:00:00:03:00\t2437\t-80\t[WPA2-EAP-CCMP][ESS]\tMairie\n" +
	"02:00:00:00:04:00\t2437\t-90\t[WEP][ESS]\tVieille box\n" +
	"02:00:00:00:05:00\t2437\t-95\t[OWE-OWE-CCMP][ESS]\tH\\xc3\\xb4pital\n" +
	"02:00:00:00:06:00\t2437\t-30\t[ESS]\t\n" +
	"02:00:00:00:07:00\t2437\t-30\t[ESS]\t\\xff\\xfe\n" +
	"02:00:00:00:08:00\t2437\tnear\t[ESS]\tNowhere\n"

func TestParseResults(t *testing.T) {
	want := []wpa.Heard{
		{Name: "Mediatheque", Signal: 100, Flags: wpa.Flags{Secret: true}},
		{Name: "Gare", Signal: 80},
		{Name: "Mairie", Signal: 40, Flags: wpa.Flags{Enterprise: true}},
		{Name: "Vieille box", Signal: 20, Flags: wpa.Flags{WEP: true}},
		{Name: "Hôpital", Signal: 10, Flags: wpa.Flags{Encrypted: true}},
	}
	if got := wpa.ParseResults(table); !slices.Equal(got, want) {
		t.Errorf("ParseResults = %+v; want %+v", got, want)
	}
}

func TestParseEvent(t *testing.T) {
	tests := []struct {
		text  string
		want  wpa.Event
		ok    bool
		wrong bool
	}{
		{"<3>CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:01:00 completed [id=2 id_str=]", wpa.Event{Name: wpa.EventJoined, ID: 2}, true, false},
		{`<3>CTRL-EVENT-SSID-TEMP-DISABLED id=1 ssid="Mairie" auth_failures=1 duration=10 reason=WRONG_KEY`, wpa.Event{Name: wpa.EventRefused, ID: 1, Reason: "WRONG_KEY"}, true, true},
		{`<3>CTRL-EVENT-SSID-TEMP-DISABLED id=1 ssid="x" reason=CONN_FAILED`, wpa.Event{Name: wpa.EventRefused, ID: 1, Reason: "CONN_FAILED"}, true, false},
		{"<3>CTRL-EVENT-AUTH-REJECT 02:00:00:00:01:00 auth_type=3 auth_transaction=2 status_code=15", wpa.Event{Name: wpa.EventRejected, ID: -1, SAE: true, Status: "15"}, true, true},
		{"<3>CTRL-EVENT-AUTH-REJECT 02:00:00:00:01:00 auth_type=0 auth_transaction=2 status_code=17", wpa.Event{Name: wpa.EventRejected, ID: -1, Status: "17"}, true, false},
		{"<3>CTRL-EVENT-SCAN-RESULTS ", wpa.Event{Name: wpa.EventHeard, ID: -1}, true, false},
		{"<3>Trying to associate with 02:00:00:00:01:00", wpa.Event{}, false, false},
		{"PONG\n", wpa.Event{}, false, false},
		{"", wpa.Event{}, false, false},
		{"<", wpa.Event{}, false, false},
	}
	for _, tt := range tests {
		got, ok := wpa.ParseEvent(tt.text)
		if got != tt.want || ok != tt.ok || got.WrongSecret() != tt.wrong {
			t.Errorf("ParseEvent(%q) = %+v, %v; want %+v, %v", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}

func TestParseStatus(t *testing.T) {
	got := wpa.ParseStatus("bssid=02:00:00:00:01:00\nssid=H\\xc3\\xb4pital\nid=3\nwpa_state=COMPLETED\nip_address=10.0.0.2\n")
	if want := (wpa.Status{Phase: "COMPLETED", ID: 3, Name: "Hôpital"}); got != want || !got.Joined() {
		t.Errorf("ParseStatus = %+v; want %+v", got, want)
	}
	if got := wpa.ParseStatus(""); got.Joined() || got.ID != -1 {
		t.Errorf("ParseStatus(\"\") = %+v; want nothing joined", got)
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name string
		n    wpa.Network
		ok   bool
	}{
		{"open", wpa.Network{Name: "Gare"}, true},
		{"secret", wpa.Network{Name: "Mairie", Secret: `mot "de" passe\`}, true},
		{"key", wpa.Network{Name: "Mairie", Secret: strings.Repeat("a0", 32)}, true},
		{"no name", wpa.Network{Secret: "12345678"}, false},
		{"long name", wpa.Network{Name: strings.Repeat("n", 33)}, false},
		{"short secret", wpa.Network{Name: "Mairie", Secret: "1234567"}, false},
		{"long secret", wpa.Network{Name: "Mairie", Secret: strings.Repeat("s", 64)}, false},
		{"second command", wpa.Network{Name: "Mairie", Secret: "12345678\nTERMINATE"}, false},
	}
	for _, tt := range tests {
		if err := tt.n.Check(); (err == nil) != tt.ok {
			t.Errorf("%s: Check = %v; want ok %v", tt.name, err, tt.ok)
		}
	}
}

func FuzzParseResults(f *testing.F) {
	f.Add(table)
	f.Add("a\tb\t-1\t[\t\\x")
	f.Fuzz(func(t *testing.T, text string) {
		for _, h := range wpa.ParseResults(text) {
			if h.Name == "" || len(h.Name) > 32 || h.Signal < 1 || h.Signal > 100 {
				t.Errorf("ParseResults(%q) = %+v; want a name and a signal", text, h)
			}
		}
	})
}

func FuzzParseEventAndStatus(f *testing.F) {
	f.Add("<3>CTRL-EVENT-CONNECTED [id=0 id_str=]")
	f.Add("wpa_state=COMPLETED\nssid=\\")
	f.Fuzz(func(t *testing.T, text string) {
		if e, ok := wpa.ParseEvent(text); ok && !strings.HasPrefix(e.Name, "CTRL-EVENT-") {
			t.Errorf("ParseEvent(%q) = %+v; want an event", text, e)
		}
		wpa.ParseStatus(text)
	})
}

// program starts a real wpa_supplicant that owns no radio.
func program(t *testing.T) (global, dir string, end func() error) {
	t.Helper()
	path := needs.Program(t, "wpa_supplicant", "wpasupplicant")
	dir = t.TempDir()
	global = filepath.Join(dir, "global")
	cmd := exec.CommandContext(t.Context(), path, "-g", global)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	go func() { // it writes a line or two, and must not block on them
		buf := make([]byte, 1024)
		for {
			if _, err := out.Read(buf); err != nil {
				return
			}
		}
	}()
	return global, dir, func() error { return cmd.Process.Signal(os.Interrupt) }
}
