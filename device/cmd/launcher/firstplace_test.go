package main

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// The place that was named when the disk was prepared is proposed for the first
// day, and no longer once a day was opened.
func TestFirstPlaceIsProposed(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.publish(t, dir)
	text, err := slot.Join{Place: "halle du Marché", Server: "flotte.example:8883"}.Encode()
	must(t, err)
	file := filepath.Join(f.data, slot.KitJoin)
	must(t, os.WriteFile(file, text, 0o600))
	r := start(t, f)
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	wants(t, r.get("/mediateur/journee"), `name="lieu" value="halle" required checked`)
	r.post("/mediateur/journee", theDay())
	left := readJoin(f.data)
	if left.Place != "" || left.Server != "flotte.example:8883" {
		t.Errorf("join.json after the first day: place %q, server %q; want the server only", left.Place, left.Server)
	}
}

func TestFirstPlaceOrder(t *testing.T) {
	places := []wire.Place{{ID: "mediatheque", Name: "Médiathèque"}, {ID: "halle", Name: "Halle du marché"}, {ID: "bus", Name: "Bus"}}
	cases := []struct{ name, said, want string }{
		{"nothing was said", "", "mediatheque"},
		{"by its number", "halle", "halle"},
		{"by its name, in capitals", "HALLE DU MARCHÉ", "halle"},
		{"the usual one", "mediatheque", "mediatheque"},
		{"one that the fleet does not know", "gymnase", "mediatheque"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := &firstPlace{said: c.said}
			got := f.order(places)
			if got[0].ID != c.want || len(got) != len(places) || places[0].ID != "mediatheque" {
				t.Errorf("order with %q = %v; want %s first, and nothing lost", c.said, got, c.want)
			}
		})
	}
}
