package places_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/device/network/places"
)

func open(t *testing.T, dir string, damaged bool) *places.Book {
	t.Helper()
	b, was, err := places.Open(dir)
	if err != nil || was != damaged {
		t.Fatalf("Open = damaged %v, %v; want %v", was, err, damaged)
	}
	return b
}

func TestPlacesAreKeptInTheOrderOfUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "wifi")
	b := open(t, dir, false)
	for _, p := range []places.Place{{Name: "Gare"}, {Name: "Mairie", Secret: "le chat dort"}, {Name: "Gare"}, {Name: "Parti", Secret: "x"}} {
		if err := b.Keep(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Forget("Parti"); err != nil {
		t.Fatal(err)
	}
	want := []places.Place{{Name: "Gare"}, {Name: "Mairie", Secret: "le chat dort"}}
	if got := open(t, dir, false).All(); !slices.Equal(got, want) {
		t.Errorf("All = %v; want %v", got, want)
	}
	if p, ok := b.Find("Mairie"); !ok || p != want[1] {
		t.Errorf("Find = %v, %v; want %v", p, ok, want[1])
	}
	if _, ok := b.Find("Ailleurs"); ok {
		t.Error("Find knows a place that was never joined")
	}
}

func TestOldPlacesAreForgotten(t *testing.T) {
	b := open(t, t.TempDir(), false)
	for i := range 60 {
		if err := b.Keep(places.Place{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if all := b.All(); len(all) != 50 || all[0].Name != "59" || all[49].Name != "10" {
		t.Errorf("All = %d places, %v first; want the last 50", len(all), all[0])
	}
}

// What lies on the disk shows no secret to who has not the key, and only root
// reads the key.
func TestSealed(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir, false).Keep(places.Place{Name: "Mairie", Secret: "le chat dort"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "places"))
	if err != nil || bytes.Contains(text, []byte("chat")) || bytes.Contains(text, []byte("Mairie")) {
		t.Errorf("places = %q, %v; want it sealed", text, err)
	}
	for _, name := range []string{"places", "key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s = %v, %v; want mode 600", name, info.Mode(), err)
		}
	}
}

func TestDamageIsSetAside(t *testing.T) {
	damages := map[string]func(text []byte) []byte{
		"a bit":     func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"cut":       func(b []byte) []byte { return b[:10] },
		"empty":     func([]byte) []byte { return nil },
		"other key": nil,
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := open(t, dir, false).Keep(places.Place{Name: "Mairie", Secret: "le chat dort"}); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "places")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if damage == nil {
				file, damage = filepath.Join(dir, "key"), func([]byte) []byte { return make([]byte, 32) }
			}
			if err := os.WriteFile(file, damage(text), 0o600); err != nil {
				t.Fatal(err)
			}
			b := open(t, dir, true)
			if len(b.All()) != 0 {
				t.Errorf("All = %v; want nothing", b.All())
			}
			if err := b.Keep(places.Place{Name: "Gare"}); err != nil || len(open(t, dir, false).All()) != 1 {
				t.Errorf("Keep after damage = %v; want it kept", err)
			}
		})
	}
}
