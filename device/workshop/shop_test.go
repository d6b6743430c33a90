package workshop_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/pass"
)

func aDay() workshop.Day {
	return workshop.Day{
		Date: "2026-03-12", Began: "09:15", Place: "mediatheque", Service: "KS-01", Posture: pass.PostureWith,
		Lessons: []string{"souris"}, PaperKept: true, From: pass.Position{Log: pass.LogID{1}, Seq: 7},
	}
}

func load(t *testing.T, path string) *workshop.Shop {
	t.Helper()
	shop, damaged, err := workshop.Load(path)
	if err != nil || damaged {
		t.Fatalf("Load = damaged %v, %v; want a shop", damaged, err)
	}
	return shop
}

func TestTheDayGoesOnAfterAPowerCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "workshop.json")
	shop := load(t, path)
	if err := shop.Open(aDay()); err != nil {
		t.Fatalf("Open = %v", err)
	}
	if err := shop.Tally(func(n *workshop.Tally) { n.Sessions += 2; n.Degraded++ }); err != nil {
		t.Fatalf("Tally = %v", err)
	}
	if err := os.WriteFile(path+".new", []byte(`{"day":{"open`), 0o600); err != nil { // cut in the middle of a write
		t.Fatal(err)
	}
	day := load(t, path).Day()
	if !day.Open || day.Lesson() != "souris" || day.From.Seq != 7 || day.Tally != (workshop.Tally{Sessions: 2, Degraded: 1}) {
		t.Errorf("day after the cut = %+v; want the open one", day)
	}
}

func TestWhatWasCountedSurvivesAPowerCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "workshop.json")
	shop := load(t, path)
	mark := func(c *workshop.Counted) { c.Participants, c.Papers = 9, &pass.Papers{Validated: 3, Kept: 2} }
	if err := shop.Count(mark); !errors.Is(err, workshop.ErrNoDay) {
		t.Errorf("Count without a day = %v; want ErrNoDay", err)
	}
	if err := errors.Join(shop.Open(aDay()), shop.Count(mark)); err != nil {
		t.Fatal(err)
	}
	got := load(t, path).Day().Counted
	if got.Participants != 9 || got.Papers == nil || *got.Papers != (pass.Papers{Validated: 3, Kept: 2}) {
		t.Errorf("counted after the cut = %+v; want 9 participants and 2 papers of 3", got)
	}
	if err := shop.Open(shop.Day()); err != nil || shop.Day().Counted != (workshop.Counted{}) {
		t.Errorf("Open = %v, counted %+v; want nothing counted of a new day", err, shop.Day().Counted)
	}
}

func TestOpenRefusesAnIncompleteDay(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(*workshop.Day)
	}{
		{"no place", func(d *workshop.Day) { d.Place = "" }},
		{"service of no catalogue", func(d *workshop.Day) { d.Service = "KS-99" }},
		{"posture nobody knows", func(d *workshop.Day) { d.Posture = "assis" }},
		{"impossible date", func(d *workshop.Day) { d.Date = "2026-02-30" }},
		{"too many lessons", func(d *workshop.Day) { d.Lessons = make([]string, 7) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			shop := load(t, filepath.Join(t.TempDir(), "workshop.json"))
			day := aDay()
			c.spoil(&day)
			if err := shop.Open(day); !errors.Is(err, workshop.ErrDay) || shop.Day().Open {
				t.Errorf("Open = %v, open %v; want ErrDay, false", err, shop.Day().Open)
			}
		})
	}
}

func TestAmend(t *testing.T) {
	shop := load(t, filepath.Join(t.TempDir(), "workshop.json"))
	if err := shop.Amend(func(*workshop.Day) {}); !errors.Is(err, workshop.ErrNoDay) {
		t.Errorf("Amend without a day = %v; want ErrNoDay", err)
	}
	if err := shop.Tally(func(n *workshop.Tally) { n.Sessions++ }); err != nil {
		t.Errorf("Tally without a day = %v; want nil", err)
	}
	if err := shop.Open(aDay()); err != nil {
		t.Fatal(err)
	}
	changed := shop.Changed()
	if err := shop.Amend(func(d *workshop.Day) { d.Service = "KS-05" }); err != nil || shop.Day().Service != "KS-05" {
		t.Errorf("Amend = %v, service %s; want KS-05", err, shop.Day().Service)
	}
	select {
	case <-changed:
	default:
		t.Error("Changed is not closed after a change")
	}
	if err := shop.Amend(func(d *workshop.Day) { d.Service = "" }); !errors.Is(err, workshop.ErrDay) || shop.Day().Service != "KS-05" {
		t.Errorf("Amend to nothing = %v, service %s; want ErrDay, KS-05", err, shop.Day().Service)
	}
}

func TestCloseKeepsTheSheet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "workshop.json")
	shop := load(t, path)
	if err := shop.Open(aDay()); err != nil {
		t.Fatal(err)
	}
	if err := shop.Close(workshop.Sheet{Participants: 9, Validated: 5, Kept: 4}); err != nil {
		t.Fatalf("Close = %v", err)
	}
	shop = load(t, path)
	sheet, ok := shop.Last()
	if !ok || sheet.Participants != 9 || sheet.Gap() != 1 || shop.Day().Open {
		t.Errorf("Last = %+v, %v, open %v; want the sheet, a gap of 1, no day", sheet, ok, shop.Day().Open)
	}
	if err := shop.Close(workshop.Sheet{}); !errors.Is(err, workshop.ErrNoDay) {
		t.Errorf("Close twice = %v; want ErrNoDay", err)
	}
}

func TestAChangeThatIsNotWrittenDidNotHappen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	shop := load(t, filepath.Join(dir, "workshop.json")) // the folder does not exist
	if err := shop.Open(aDay()); err == nil || shop.Day().Open {
		t.Errorf("Open without a disk = %v, open %v; want an error, false", err, shop.Day().Open)
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"day":{"open":true}}`, `{"day":{"from":{"log":"zz"}}}`, "null", `{"last":{}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "workshop.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		shop, _, err := workshop.Load(path)
		if err != nil {
			t.Fatalf("Load = %v", err)
		}
		if day := shop.Day(); day.Open && (day.Place == "" || day.Service == "") {
			t.Errorf("Load took an incomplete day")
		}
		if err := shop.Open(aDay()); err != nil {
			t.Errorf("Open after Load = %v; want nil", err)
		}
	})
}

func TestSheetCSV(t *testing.T) {
	sheet := workshop.Sheet{Date: "2026-03-12", Place: "=cmd()", Lessons: []string{"La souris"}, Participants: 9, Passes: true, Validated: 5, Kept: 5}
	var out strings.Builder
	if err := sheet.WithDraft("KS-01").CSV(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"pass_valides,papiers_gardes\n", "'=cmd()", "La souris", ",9,", "Prendre en main un ordinateur"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("CSV = %q; want it to hold %q", out.String(), want)
		}
	}
}

func TestDraftUsesTheRegistersWords(t *testing.T) {
	draft := workshop.Sheet{Participants: 9}.WithDraft("KS-05").Draft
	got := map[string]string{}
	for _, field := range draft {
		got[field.Name] = field.Value
	}
	if got["Thématique(s) d'accompagnement"] != "email" || got["Matériel numérique utilisé"] != "ordinateur" || got["Participants"] != "9" {
		t.Errorf("draft = %v; want email, ordinateur, 9", got)
	}
}
