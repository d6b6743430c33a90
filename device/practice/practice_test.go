package practice_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mallette-kit/mallette/device/practice"
)

func services(t testing.TB) []*practice.Service {
	t.Helper()
	all, err := practice.Open(practice.Files())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func service(t testing.TB, id string) *practice.Service {
	t.Helper()
	for _, s := range services(t) {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("no service %s", id)
	return nil
}

func TestEightServicesInOrder(t *testing.T) {
	var ids []string
	for _, s := range services(t) {
		ids = append(ids, s.ID)
	}
	want := "compte courrier declaration aides rendezvous achat ecole motdepasse"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("services = %s; want %s", got, want)
	}
}

// TestEveryScreenCanBeReached follows every way of every screen.
func TestEveryScreenCanBeReached(t *testing.T) {
	for _, s := range services(t) {
		reached := map[string]bool{}
		walk(s, s.Screens[0].ID, reached)
		last := false
		for _, sc := range s.Screens {
			if !reached[sc.ID] {
				t.Errorf("%s: screen %s cannot be reached", s.ID, sc.ID)
			}
			last = last || sc.Last
		}
		if !last {
			t.Errorf("%s has no end", s.ID)
		}
	}
}

func walk(s *practice.Service, id string, reached map[string]bool) {
	sc, ok := s.Screen(id)
	if !ok || reached[id] {
		return
	}
	reached[id] = true
	for _, b := range sc.Buttons {
		walk(s, b.Goto, reached)
		for _, br := range b.Branch {
			walk(s, br.Goto, reached)
		}
	}
	for _, l := range sc.Links {
		walk(s, l.Goto, reached)
	}
	for _, i := range sc.Items {
		walk(s, i.Goto, reached)
	}
	if sc.Mail != nil && sc.Mail.Link != nil {
		walk(s, sc.Mail.Link.Goto, reached)
	}
}

func TestServicesWithMistakesAreRefused(t *testing.T) {
	tests := []struct{ name, screens string }{
		{"a way that leads nowhere", "[{id: a, links: [{goto: b, label: x}]}]"},
		{"two screens of one name", "[{id: a}, {id: a}]"},
		{"a name of the frame", "[{id: bilan}]"},
		{"a name that is no address", "[{id: 'a/b'}]"},
		{"a field of an unknown kind", "[{id: a, fields: [{name: b, kind: colour}]}]"},
		{"a choice without options", "[{id: a, fields: [{name: b, kind: choice}]}]"},
		{"a note that is not there", "[{id: a, buttons: [{do: x, goto: a, sends: n}]}]"},
		{"a fact that nothing establishes", "[{id: a, buttons: [{do: x, goto: a, needs: [f]}]}]"},
		{"a word nobody knows", "[{id: a, colour: red}]"},
		{"no screen", "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{"services/x.yaml": {Data: []byte("id: x\nscreens: " + tt.screens)}}
			if _, err := practice.Open(files); err == nil {
				t.Errorf("Open(%s) = nil; want an error", tt.screens)
			}
		})
	}
}
