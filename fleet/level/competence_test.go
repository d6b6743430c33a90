package level_test

import (
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/fleet/level"
)

func TestFrameworks(t *testing.T) {
	want := map[string]int{"crcn@2019": 16, "digcomp@2.2": 21}
	for _, f := range level.Frameworks() {
		if len(f.Competences) != want[f.Code] || f.Label == "" {
			t.Errorf("framework %s has %d competences; want %d", f.Code, len(f.Competences), want[f.Code])
		}
		for _, c := range f.Competences {
			if got, ok := level.Competence(f.Code + ":" + c.Code); !ok || got != c || c.Label == "" {
				t.Errorf("Competence(%s:%s) = %v, %v; want %v", f.Code, c.Code, got, ok, c)
			}
		}
	}
}

func TestAlikeGoesBothWays(t *testing.T) {
	for _, c := range level.Frameworks()[0].Competences {
		reference := "crcn@2019:" + c.Code
		alike := level.Alike(reference)
		if len(alike) == 0 {
			t.Errorf("Alike(%s) = none; want some of DigComp's", reference)
		}
		for _, other := range alike {
			if _, ok := level.Competence(other); !ok {
				t.Errorf("Alike(%s) names %q, which is unknown", reference, other)
			}
			if !slices.Contains(level.Alike(other), reference) {
				t.Errorf("Alike(%s) lacks %s", other, reference)
			}
		}
	}
	if got := level.Alike("crcn@2019:9.9"); got != nil {
		t.Errorf("Alike of an unknown reference = %v; want none", got)
	}
}
