package cycle_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/cycle"
)

func first() cycle.Cycle {
	return cycle.Cycle{V: 1, ID: "premiers-pas", Title: "Premiers pas", From: "eloigne", To: "debutant", Notes: "Deux\nlignes",
		Material: []string{"souris"}, Items: []cycle.Item{{Lesson: "souris", Title: "La souris", Minutes: 60}, {Lesson: "clavier", Title: "Le clavier", Minutes: 45}}}
}

func TestRoundTrip(t *testing.T) {
	raw, err := first().Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := cycle.Parse(raw)
	if err != nil || !reflect.DeepEqual(got, first()) {
		t.Errorf("Parse(Encode()) = %+v, %v; want the same", got, err)
	}
	if got.Minutes() != 105 || !got.Known() {
		t.Errorf("minutes %d, known %v; want 105, true", got.Minutes(), got.Known())
	}
}

func TestParseRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing": "", "array": "[]", "version": `{"v":2,"id":"a","title":"A"}`, "path": `{"v":1,"id":"../a","title":"A"}`,
		"no title": `{"v":1,"id":"a","title":" "}`, "escape": `{"v":1,"id":"a","title":"A\u001b[2J"}`,
		"two": `{"v":1,"id":"a","title":"A"}{}`, "lesson": `{"v":1,"id":"a","title":"A","lessons":[{"lesson":"X"}]}`,
		"hash":  `{"v":1,"id":"a","title":"A","lessons":[{"lesson":"x","sha256":"zz"}]}`,
		"large": `{"v":1,"id":"a","title":"A","notes":"` + strings.Repeat("x", cycle.MaxBytes) + `"}`,
	} {
		if c, err := cycle.Parse([]byte(raw)); !errors.Is(err, cycle.ErrFormat) {
			t.Errorf("Parse(%s) = %+v, %v; want ErrFormat", name, c, err)
		}
	}
}

func TestEditing(t *testing.T) {
	c := first()
	c.Add(&lesson.Lesson{Meta: lesson.Meta{ID: "mail", Title: "Le mail", Minutes: 30}, Hash: strings.Repeat("1", 64)})
	order := func() string {
		var ids []string
		for _, i := range c.Items {
			ids = append(ids, i.Lesson)
		}
		return strings.Join(ids, " ")
	}
	for _, tt := range []struct {
		name string
		edit func()
		want string
	}{
		{"added at the end", func() {}, "souris clavier mail"},
		{"up", func() { c.Move(2, 1) }, "souris mail clavier"},
		{"above the first", func() { c.Move(0, -1) }, "souris mail clavier"},
		{"to the end", func() { c.Move(0, 2) }, "mail clavier souris"},
		{"removed", func() { c.Remove(1) }, "mail souris"},
		{"removed twice", func() { c.Remove(7) }, "mail souris"},
	} {
		tt.edit()
		if got := order(); got != tt.want {
			t.Errorf("%s: %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestName(t *testing.T) {
	taken := func(id string) bool { return id == "ete-2026" }
	for title, want := range map[string]string{"Été 2026 !": "ete-2026-2", "2026": "cycle", "Premiers pas": "premiers-pas", "ال": "cycle"} {
		if got := cycle.Name(title, taken); got != want {
			t.Errorf("Name(%q) = %q; want %q", title, got, want)
		}
	}
}

func TestBookKeepsAndCarries(t *testing.T) {
	signed, err := first().Encode()
	if err != nil {
		t.Fatal(err)
	}
	dir, stick := filepath.Join(t.TempDir(), "cycles"), t.TempDir()
	book := cycle.Open(dir, func() map[string][]byte { return map[string][]byte{"premiers-pas": signed, "autre": signed} })
	if list := book.List(); len(list) != 1 || !list[0].Signed {
		t.Fatalf("List = %+v; want the fleet's cycle under its own name alone", list)
	}
	if err := book.Remove("premiers-pas"); !errors.Is(err, cycle.ErrSigned) {
		t.Errorf("Remove of the fleet's = %v; want ErrSigned", err)
	}
	mine, err := book.Create(cycle.Cycle{Title: "Premiers pas"})
	if err != nil || mine.ID != "premiers-pas-2" {
		t.Fatalf("Create = %+v, %v; want another identifier", mine, err)
	}
	if err := book.SetNext(mine.ID, 3); err != nil || cycle.Open(dir, nil).Next(mine.ID) != 3 {
		t.Errorf("progress: %v, %d; want 3 after reopening", err, cycle.Open(dir, nil).Next(mine.ID))
	}
	if err := book.Carry(mine.ID, stick); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"mauvais.json": "{", "lisez-moi.txt": "x"} {
		if err := os.WriteFile(filepath.Join(stick, cycle.StickFolder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	other := cycle.Open(t.TempDir(), nil)
	if err := other.Take(mine.ID, stick); err != nil {
		t.Fatal(err)
	}
	if got, err := other.Get(mine.ID); err != nil || got.Title != mine.Title {
		t.Errorf("at the other station: %+v, %v; want the cycle", got, err)
	}
	if err := other.Take("absent", stick); !errors.Is(err, cycle.ErrUnknown) {
		t.Errorf("Take of an absent one = %v; want ErrUnknown", err)
	}
	if err := book.Remove(mine.ID); err != nil || len(book.List()) != 1 {
		t.Errorf("after Remove: %v, %d; want the fleet's alone", err, len(book.List()))
	}
	if got := cycle.OnStick(filepath.Join(stick, "absent")); got != nil {
		t.Errorf("no stick brings %v", got)
	}
}

type shelf map[string]*lesson.Lesson

func (s shelf) Lesson(id string) (*lesson.Lesson, bool) { l, ok := s[id]; return l, ok }

func TestAgainstACatalogue(t *testing.T) {
	c := first()
	c.Items[0].Hash = strings.Repeat("1", 64)
	here := shelf{"souris": {Meta: lesson.Meta{ID: "souris", Material: []string{"souris", "tapis"}}, Hash: strings.Repeat("2", 64)}}
	met := c.Against(here)
	if met[0].Here == nil || !met[0].Changed || met[1].Here != nil || met[1].N != 2 {
		t.Errorf("Against = %+v; want the first changed and the second missing", met)
	}
	if got := c.Needed(here); !slices.Equal(got, []string{"souris", "tapis"}) {
		t.Errorf("Needed = %v; want each once", got)
	}
}

func FuzzParse(f *testing.F) {
	raw, _ := first().Encode()
	f.Add(raw)
	f.Add([]byte(`{"v":1,"id":"a","title":"A","lessons":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := cycle.Parse(raw)
		if err != nil {
			return
		}
		again, err := c.Encode()
		if err != nil {
			t.Fatalf("Encode of what was parsed = %v", err)
		}
		if _, err := cycle.Parse(again); err != nil && len(again) <= cycle.MaxBytes {
			t.Errorf("Parse(Encode()) = %v", err)
		}
	})
}

func TestAChangeOfNothingLeavesTheFleets(t *testing.T) {
	raw, err := cycle.Cycle{V: cycle.Version, ID: "a", Title: "A", Items: []cycle.Item{{Lesson: "souris", Title: "S"}}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	book := cycle.Open(t.TempDir(), func() map[string][]byte { return map[string][]byte{"a": raw} })
	for _, tt := range []struct {
		name, notes string
		signed      bool
	}{{"nothing", "", true}, {"notes", "Dire bonjour", false}} {
		t.Run(tt.name, func(t *testing.T) {
			if err := book.Change("a", func(c *cycle.Cycle) error { c.Items[0].Notes = tt.notes; return nil }); err != nil {
				t.Fatal(err)
			}
			if got, err := book.Get("a"); err != nil || got.Signed != tt.signed || got.Items[0].Notes != tt.notes {
				t.Errorf("after %s: %+v, %v; want signed %v", tt.name, got, err, tt.signed)
			}
		})
	}
	if err := book.Change("b", func(*cycle.Cycle) error { return nil }); !errors.Is(err, cycle.ErrUnknown) {
		t.Errorf("Change(b) = %v; want ErrUnknown", err)
	}
}
