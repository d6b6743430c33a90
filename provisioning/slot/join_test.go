package slot_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/slot"
	"github.com/mallette-kit/mallette/provisioning/slot/slottest"
)

func invited() slot.Join {
	return slot.Join{Token: "mallette1.invented", Place: "Médiathèque", WiFi: []slot.WiFi{{Name: "Maison", Secret: "invented"}}, Scanners: []string{"1a2b:3c4d"}}
}

func TestJoinOnTheBootPartition(t *testing.T) {
	image := slottest.ESP(t)
	esp := slottest.Open(t, image)
	if j, err := slot.ReadJoin(esp); err != nil || !j.Empty() {
		t.Fatalf("ReadJoin of a blank file = %v, %v; want nothing", j.Empty(), err)
	}
	if err := slot.WriteJoin(esp, invited()); err != nil {
		t.Fatal(err)
	}
	got, err := slot.ReadJoin(esp)
	if err != nil || !reflect.DeepEqual(got, invited()) {
		t.Fatalf("ReadJoin = %v; want what was written", err)
	}
	if err := slot.BlankJoin(esp); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(image)
	if err != nil || bytes.Contains(raw, []byte("invented")) {
		t.Errorf("the boot partition still holds the secret (%v)", err)
	}
	if j, err := slot.ReadJoin(esp); err != nil || !j.Empty() {
		t.Errorf("ReadJoin after BlankJoin = %v, %v; want nothing", j.Empty(), err)
	}
}

// TestJoinOfAnEditor: files that people's editors leave behind.
func TestJoinOfAnEditor(t *testing.T) {
	for _, c := range []struct {
		name, text string
		empty      bool
		err        error
	}{
		{"shortened", `{"token":"mallette1.invented"}`, false, nil},
		{"with a mark and Windows lines", "\xef\xbb\xbf{\r\n\"place\":\"Ici\"\r\n}\r\n", false, nil},
		{"followed by zeros", "{\"place\":\"Ici\"}\x00\x00\x00", false, nil},
		{"emptied", "", true, nil},
		{"with a comma too many", `{"token":"mallette1.invented",}`, true, slot.ErrJoin},
		{"a network without a name", `{"wifi":[{"secret":"x"}]}`, false, slot.ErrJoin},
		{"a scanner of two lines", `{"scanners":["1a2b:3c4d\nffff"]}`, false, slot.ErrJoin},
		{"a story", `{"place":"` + strings.Repeat("x", 20000) + `"}`, false, slot.ErrJoin},
	} {
		t.Run(c.name, func(t *testing.T) {
			image := slottest.ESP(t)
			file := filepath.Join(t.TempDir(), "join.json")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			mtools(t, "mcopy", image, "-o", file, "::"+slot.FileJoin)
			esp := slottest.Open(t, image)
			j, err := slot.ReadJoin(esp)
			if !errors.Is(err, c.err) || (err == nil && j.Empty() != c.empty) {
				t.Fatalf("ReadJoin = empty %v, %v; want empty %v, %v", j.Empty(), err, c.empty, c.err)
			}
			if err != nil && strings.Contains(err.Error(), "invented") {
				t.Errorf("ReadJoin = %v; want an error that quotes nothing", err)
			}
			if err := slot.BlankJoin(esp); err != nil {
				t.Errorf("BlankJoin = %v", err)
			}
		})
	}
}

func TestJoinIsNeverPrinted(t *testing.T) {
	j := invited()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, j) + fmt.Sprintf(verb, j.WiFi); strings.Contains(got, "invented") || strings.Contains(got, "Maison") {
			t.Errorf("Sprintf(%s) = %s; want no secret", verb, got)
		}
	}
}

func FuzzJoin(f *testing.F) {
	text, err := invited().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		j, err := slot.ParseJoin(b)
		if err != nil {
			return
		}
		again, err := j.Encode()
		if err != nil {
			return // longer in JSON than it was
		}
		if got, err := slot.ParseJoin(again); err != nil || got.Token != j.Token || len(got.WiFi) != len(j.WiFi) || !slices.Equal(got.Scanners, j.Scanners) || len(again) != slot.SizeJoin {
			t.Errorf("ParseJoin(Encode) = %v, %d bytes; want the same", err, len(again))
		}
	})
}
