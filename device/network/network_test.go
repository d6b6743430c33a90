package network_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network"
	"github.com/mallette-kit/mallette/device/network/networktest"
)

var (
	cable = network.Line{Name: "eth0", Kind: network.Wired, Carrier: true, Leased: true}
	loose = network.Line{Name: "eth0", Kind: network.Wired}
	radio = network.Line{Name: "wlan0", Kind: network.WiFi}
	dumb  = network.Line{Name: "eth0", Kind: network.Wired, Carrier: true}
)

// TestExplain is the rule book: one reason, the one somebody can act upon.
func TestExplain(t *testing.T) {
	lines := func(l ...network.Line) []network.Line { return l }
	tests := []struct {
		name   string
		facts  network.Facts
		online bool
		why    network.Reason
	}{
		{"nothing", network.Facts{}, false, network.NoAdapter},
		{"adapter without its firmware", network.Facts{Firmware: true}, false, network.NoFirmware},
		{"radio hidden by its switch", network.Facts{Blocked: true}, false, network.SwitchedOff},
		{"no cable", network.Facts{Lines: lines(loose)}, false, network.NoCable},
		{"radio, switch", network.Facts{Lines: lines(loose, radio), Blocked: true, Known: 2}, false, network.SwitchedOff},
		{"radio, no program", network.Facts{Lines: lines(radio), NoProgram: true}, false, network.NoProgram},
		{"radio, nothing known", network.Facts{Lines: lines(radio)}, false, network.NoneKnown},
		{"radio, first seconds", network.Facts{Lines: lines(radio), Known: 1, Joining: true}, false, network.Joining},
		{"radio, not heard", network.Facts{Lines: lines(radio), Known: 1}, false, network.OutOfRange},
		{"radio, secret changed", network.Facts{Lines: lines(radio), Known: 1, Heard: true, Refused: true}, false, network.WrongSecret},
		{"cable, no address yet", network.Facts{Lines: lines(dumb), Waiting: true}, false, network.Joining},
		{"cable, no address", network.Facts{Lines: lines(dumb)}, false, network.NoAddress},
		{"not tried", network.Facts{Lines: lines(cable)}, false, network.Joining},
		{"works", network.Facts{Lines: lines(cable), Probe: network.Works}, true, ""},
		{"works, radio off", network.Facts{Lines: lines(cable, radio), Blocked: true, Probe: network.Works}, true, ""},
		{"portal", network.Facts{Lines: lines(cable), Probe: network.AtPortal}, false, network.Portal},
		{"no route", network.Facts{Lines: lines(cable), Probe: network.Unrouted}, false, network.NoRoute},
		{"no names", network.Facts{Lines: lines(cable), Probe: network.Nameless}, false, network.NoNames},
		{"fleet away", network.Facts{Lines: lines(cable), Probe: network.Fleetless}, false, network.NoFleet},
		{"clock", network.Facts{Lines: lines(cable), Probe: network.Works, ClockDenied: true}, false, network.WrongClock},
		{"cable pulled", network.Facts{Lines: lines(network.Line{Kind: network.Wired, Leased: true}), Probe: network.Works}, false, network.NoCable},
	}
	for _, tt := range tests {
		if online, why := network.Explain(tt.facts); online != tt.online || why != tt.why {
			t.Errorf("%s: Explain = %v, %q; want %v, %q", tt.name, online, why, tt.online, tt.why)
		}
	}
}

func TestFileNamesNoWiFi(t *testing.T) {
	dir := t.TempDir()
	s := network.State{Online: true, Lines: []network.Line{cable}, Portal: "http://portail.example/?mac=02", Joined: "Chez Paul", Radio: true, Changed: time.Minute}
	if err := network.Write(dir, s); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, network.FileName))
	if err != nil || strings.Contains(string(text), "Paul") || strings.Contains(string(text), "portail") {
		t.Errorf("file = %s, %v; want no name and no address", text, err)
	}
	s.Portal, s.Joined = "", ""
	if got, err := network.Read(dir); err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("Read = %+v, %v; want %+v", got, err, s)
	}
	if _, err := network.Read(t.TempDir()); err == nil {
		t.Error("Read of an empty directory = nil; want an error")
	}
}

// fake is a keeper with one Wi-Fi.
type fake struct {
	mu    sync.Mutex
	asked []string
}

func (f *fake) note(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, name)
}

func (f *fake) State() network.State                { return network.State{Reason: network.NoCable} }
func (f *fake) Probe(context.Context) network.State { return network.State{Online: true} }
func (f *fake) Forget(_ context.Context, name string) error {
	f.note(name)
	return nil
}

func (f *fake) Places(_ context.Context, rescan bool) ([]network.Place, error) {
	if rescan {
		return nil, network.ErrNoRadio
	}
	return []network.Place{{Name: "Gare", Signal: 70, Security: network.Open}}, nil
}

func (f *fake) Join(_ context.Context, name, secret string) error {
	f.note(name)
	if secret != "le chat dort" {
		return network.ErrSecret
	}
	return nil
}

func serve(t *testing.T, log *slog.Logger) (network.Client, *fake) {
	t.Helper()
	dir, k := t.TempDir(), &fake{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- network.Serve(ctx, dir, k, log) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve = %v; want the end of its context", err)
		}
	})
	c := network.Client{Dir: dir}
	for {
		if _, err := c.State(ctx); err == nil {
			return c, k
		}
		if ctx.Err() != nil {
			t.Fatal("nobody answers on the socket")
		}
	}
}

func TestSocket(t *testing.T) {
	said := &networktest.Journal{}
	c, k := serve(t, slog.New(slog.NewTextHandler(said, nil)))
	ctx := t.Context()
	if s, err := c.State(ctx); err != nil || s.Reason != network.NoCable {
		t.Errorf("State = %+v, %v; want no cable", s, err)
	}
	if s, err := c.Probe(ctx); err != nil || !s.Online {
		t.Errorf("Probe = %+v, %v; want online", s, err)
	}
	if list, err := c.Places(ctx, false); err != nil || len(list) != 1 || !list[0].Supported() || list[0].NeedsSecret() {
		t.Errorf("Places = %v, %v; want Gare, open", list, err)
	}
	if _, err := c.Places(ctx, true); !errors.Is(err, network.ErrNoRadio) {
		t.Errorf("Places after a scan = %v; want %v", err, network.ErrNoRadio)
	}
	if err := c.Join(ctx, "Mairie", "hunter22"); !errors.Is(err, network.ErrSecret) {
		t.Errorf("Join with a wrong secret = %v; want %v", err, network.ErrSecret)
	}
	if err := errors.Join(c.Join(ctx, "Mairie", "le chat dort"), c.Forget(ctx, "Gare")); err != nil {
		t.Errorf("Join and Forget = %v; want both done", err)
	}
	if want := []string{"Mairie", "Mairie", "Gare"}; !reflect.DeepEqual(k.asked, want) {
		t.Errorf("asked = %v; want %v", k.asked, want)
	}
	if log := said.String(); strings.Contains(log, "hunter22") || strings.Contains(log, "Mairie") {
		t.Errorf("log = %s; want no name and no secret", log)
	}
}

func TestNobodyThere(t *testing.T) {
	if _, err := (network.Client{Dir: t.TempDir()}).State(t.Context()); !errors.Is(err, network.ErrAway) {
		t.Errorf("State = %v; want %v", err, network.ErrAway)
	}
}
