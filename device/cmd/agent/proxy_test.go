package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// The proxy is that of the place where the day is held, else of the usual one.
func TestProxyOfThePlace(t *testing.T) {
	a := &agent{flags: flags{Data: t.TempDir()}, log: slog.New(slog.DiscardHandler)}
	ask := func() string {
		t.Helper()
		q, err := http.NewRequest(http.MethodGet, "https://flotte.example:8883/", nil)
		must(t, err)
		at, err := a.proxy(q)
		must(t, err)
		if at == nil {
			return ""
		}
		return at.String()
	}
	day := func(place string) {
		t.Helper()
		text, err := json.Marshal(map[string]any{"day": map[string]any{"open": place != "", "place": place}})
		must(t, err)
		must(t, os.WriteFile(filepath.Join(a.Data, "workshop.json"), text, 0o600))
	}
	if got := ask(); got != "" {
		t.Errorf("proxy of a station that was told nothing = %q; want none", got)
	}
	places := []wire.Place{{ID: "bus", Zone: "Europe/Paris"}, {ID: "mairie", Zone: "Europe/Paris", Proxy: "proxy.mairie.example:3128"}}
	text, err := json.Marshal(wire.Desired{Version: 1, Role: wire.RoleStation, Mode: wire.ModeKiosk, Places: places})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(a.Data, "desired.json"), text, 0o600))
	for place, want := range map[string]string{"": "", "bus": "", "mairie": "http://proxy.mairie.example:3128", "gone": ""} {
		day(place)
		if got := ask(); got != want {
			t.Errorf("proxy at %q = %q; want %q", place, got, want)
		}
	}
	for place, want := range map[string]int{"bus": 1, "mairie": 2} {
		day(place)
		asked := 0
		err := a.byAnyWay(func(by enroll.Proxy) error {
			if asked++; by == nil {
				return &enroll.Error{Kind: enroll.KindUnreachable}
			}
			return nil
		})
		if asked != want || (err == nil) != (want == 2) {
			t.Errorf("at %q the fleet was asked %d times, %v; want %d", place, asked, err, want)
		}
	}
}
