package registry_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func TestParseHours(t *testing.T) {
	week := []int{1, 2, 3, 4, 5}
	cases := []struct {
		name, text string
		want       []wire.Window
		err        error
	}{
		{"nothing", " \n;", nil, nil},
		{"a library", "lun-ven 9h-12h30, 14h-18h; sam 9h-12h", []wire.Window{
			{Days: week, From: "09:00", To: "12:30"}, {Days: week, From: "14:00", To: "18:00"}, {Days: []int{6}, From: "09:00", To: "12:00"}}, nil},
		{"some days", "Mar Jeu 10:00-19:00", []wire.Window{{Days: []int{2, 4}, From: "10:00", To: "19:00"}}, nil},
		{"every day", "8h-20h", []wire.Window{{From: "08:00", To: "20:00"}}, nil},
		{"over the week's end", "sam-lun 10h-12h", []wire.Window{{Days: []int{6, 0, 1}, From: "10:00", To: "12:00"}}, nil},
		{"a line each", "lun 9h-10h\nmar 9h-10h", []wire.Window{{Days: []int{1}, From: "09:00", To: "10:00"}, {Days: []int{2}, From: "09:00", To: "10:00"}}, nil},
		{"over midnight", "18h-2h", []wire.Window{{From: "18:00", To: "02:00"}}, nil},
		{"days without hours", "lun-ven", nil, registry.ErrInvalid},
		{"no such day", "foo 9h-12h", nil, registry.ErrInvalid},
		{"no such hour", "9h-25h", nil, registry.ErrInvalid},
		{"no end", "lun 9h", nil, registry.ErrInvalid},
		{"words", "sur rendez-vous", nil, registry.ErrInvalid},
		{"a day behind the hours", "9h-12h lun", nil, registry.ErrInvalid},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := registry.ParseHours(c.text)
			if !reflect.DeepEqual(got, c.want) || !errors.Is(err, c.err) {
				t.Errorf("ParseHours(%q) = %v, %v; want %v, %v", c.text, got, err, c.want, c.err)
			}
		})
	}
}

// TestProxyReachesTheStation: of each place, as it was checked.
func TestProxyReachesTheStation(t *testing.T) {
	places := []registry.Place{{ID: "bus", Name: "Bus", Zone: "Europe/Paris"}, {ID: "mairie", Name: "Mairie", Zone: "Europe/Paris", Proxy: "proxy.mairie.example:3128"}}
	d := registry.Compose(wire.Desired{}, registry.Tenant{}, registry.Structure{}, registry.Station{Role: wire.RoleStation, Mode: wire.ModeKiosk, Place: "mairie"}, places)
	if err := d.Check(); err != nil || d.Places[0].Proxy != "proxy.mairie.example:3128" || d.Places[1].Proxy != "" {
		t.Errorf("Compose has places %+v, %v; want the proxy of the one", d.Places, err)
	}
	for text, want := range map[string]bool{
		"proxy:3128": true, "10.0.0.1:80": true, "[2001:db8::1]:8080": true, "proxy": false, ":3128": false, "proxy:": false, "proxy:0": false,
		"proxy:99999": false, "http://proxy:3128": false, "moi:secret@proxy:3128": false, "a b:80": false,
	} {
		if got := wire.ValidProxy(text); got != want {
			t.Errorf("ValidProxy(%q) = %v; want %v", text, got, want)
		}
	}
}

// TestHoursReachTheStation: those of its usual place.
func TestHoursReachTheStation(t *testing.T) {
	places := []registry.Place{{ID: "bus", Name: "Bus", Zone: "Europe/Paris", Hours: "sam 9h-12h"}, {ID: "halles", Name: "Halles", Zone: "Europe/Paris", Hours: "lun 8h-9h"}}
	st := registry.Station{Kit: "kit-1", Role: wire.RoleStation, Mode: wire.ModeKiosk, Place: "halles"}
	d := registry.Compose(wire.Desired{}, registry.Tenant{}, registry.Structure{}, st, places)
	if want := []wire.Window{{Days: []int{1}, From: "08:00", To: "09:00"}}; !reflect.DeepEqual(d.Hours, want) {
		t.Errorf("Compose has hours %v; want %v", d.Hours, want)
	}
	if again := registry.Compose(d, registry.Tenant{}, registry.Structure{}, st, places); again.Version != d.Version {
		t.Errorf("Compose again = version %d; want %d", again.Version, d.Version)
	}
	st.Place = ""
	places[0].Hours = ""
	if d = registry.Compose(d, registry.Tenant{}, registry.Structure{}, st, places); d.Hours != nil {
		t.Errorf("Compose for a place without hours has %v; want none", d.Hours)
	}
}

func FuzzParseHours(f *testing.F) {
	f.Add("lun-ven 9h-12h30, 14h-18h; sam 9h-12h")
	f.Add("8:00-20:00")
	f.Add("-;h-h")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := registry.ParseHours(text)
		if err != nil {
			return
		}
		m := wire.Desired{Version: 1, Role: wire.RoleStation, Mode: wire.ModeKiosk, Hours: list}
		if err := m.Check(); err != nil {
			t.Errorf("ParseHours(%q) = %v, which no message takes: %v", text, list, err)
		}
	})
}
