package gym_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/gym"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
)

func builtin(t testing.TB) *gym.Catalogue {
	t.Helper()
	raw, err := fs.ReadFile(kioskui.Files, "gym/catalogue.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := gym.Parse(raw)
	if err != nil {
		t.Fatalf("Parse(catalogue.json) = %v; want no error", err)
	}
	return c
}

func TestTheStationsGym(t *testing.T) {
	c := builtin(t)
	if n := len(c.Exercises); n < 30 {
		t.Errorf("the gym has %d exercises; want at least 30", n)
	}
	for _, g := range gym.Groups() {
		if len(c.Of(g)) == 0 {
			t.Errorf("no exercise for %s", g)
		}
	}
	if c.After(c.Exercises[0]) != c.Exercises[1] || c.After(c.Exercises[len(c.Exercises)-1]) != nil {
		t.Error("After does not follow the order of the catalogue")
	}
}

// TestEveryLetterIsPractised holds the gym to what a French keyboard asks for.
func TestEveryLetterIsPractised(t *testing.T) {
	var typed, keys strings.Builder
	for _, e := range builtin(t).Exercises {
		for _, turn := range e.Turns {
			if e.Kind == gym.Type {
				typed.WriteString(turn.Text)
			}
			keys.WriteString(turn.Key)
		}
	}
	for _, r := range "qsdfjklméèàçùêâîôûëï@€0123456789.,;:?!'-" {
		if !strings.ContainsRune(typed.String(), r) {
			t.Errorf("nobody practises %c", r)
		}
	}
	for _, r := range "cvxzasf" {
		if !strings.ContainsRune(keys.String(), r) {
			t.Errorf("nobody practises Ctrl and %c", r)
		}
	}
}

// TestEveryTurnCanBeDone answers each turn at each pace with what is shown.
func TestEveryTurnCanBeDone(t *testing.T) {
	for _, e := range builtin(t).Exercises {
		for n := range e.Turns {
			for pace := 1; pace <= 3; pace++ {
				at := gym.Step{Turn: n + 1, Pace: pace}
				shown := e.Turn(at)
				if shown.Right != "" && !slices.Contains(shown.Choices, shown.Right) || shown.Thing != "" && len(shown.Things) > 0 && !slices.Contains(shown.Things, shown.Thing) ||
					shown.Place != "" && !slices.Contains(shown.Places, shown.Place) {
					t.Errorf("%s %+v does not show its answer", e.ID, at)
				}
				right := gym.Answer{Choice: shown.Right, Thing: shown.Thing, Place: shown.Place, Text: shown.Text}
				if got := e.Judge(at, right); got != gym.Done {
					t.Errorf("%s %+v: Judge(what is asked) = %s; want %s", e.ID, at, got, gym.Done)
				}
			}
		}
	}
}

func TestJudge(t *testing.T) {
	typed := &gym.Exercise{Kind: gym.Type, Turns: []gym.Turn{{Text: "l'été à Nancy"}}}
	drag := &gym.Exercise{Kind: gym.Drag, Turns: []gym.Turn{{Thing: "a", Things: []string{"a", "b"}, Place: "x", Places: []string{"x", "y"}}}}
	save := &gym.Exercise{Kind: gym.Save, Turns: []gym.Turn{{Text: "lettre", Place: "x", Places: []string{"x", "y"}}}}
	pick := &gym.Exercise{Kind: gym.Pick, Turns: []gym.Turn{{Right: "a", Choices: []string{"a", "b"}}}}
	for _, c := range []struct {
		name   string
		play   *gym.Exercise
		answer gym.Answer
		want   gym.Verdict
	}{
		{"as asked", typed, gym.Answer{Text: "l'été à Nancy"}, gym.Done},
		{"spaces around, another apostrophe", typed, gym.Answer{Text: " l’été  à Nancy "}, gym.Done},
		{"nothing", typed, gym.Answer{Text: " "}, gym.Empty},
		{"capital lock", typed, gym.Answer{Text: "L'ÉTÉ À NANCY"}, gym.Capitals},
		{"no accent", typed, gym.Answer{Text: "l'ete a Nancy"}, gym.Accents},
		{"no space", typed, gym.Answer{Text: "l'étéà Nancy"}, gym.Spaces},
		{"other letters", typed, gym.Answer{Text: "bonjour"}, gym.Almost},
		{"taken and put", drag, gym.Answer{Thing: "a", Place: "x"}, gym.Done},
		{"put elsewhere", drag, gym.Answer{Thing: "a", Place: "y"}, gym.Elsewhere},
		{"nothing taken", drag, gym.Answer{Place: "x"}, gym.Empty},
		{"saved", save, gym.Answer{Text: "lettre", Place: "x"}, gym.Done},
		{"saved elsewhere", save, gym.Answer{Text: "lettre", Place: "y"}, gym.Elsewhere},
		{"nothing chosen", pick, gym.Answer{}, gym.Empty},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.play.Judge(gym.Step{Turn: 1, Pace: 3}, c.answer); got != c.want {
				t.Errorf("Judge(%+v) = %s; want %s", c.answer, got, c.want)
			}
		})
	}
}

func TestNextFollowsHowItGoes(t *testing.T) {
	e := &gym.Exercise{Kind: gym.Target, Turns: make([]gym.Turn, 3)}
	for _, c := range []struct {
		name   string
		at     gym.Step
		missed int
		want   gym.Step
		more   bool
	}{
		{"well", gym.Step{Turn: 1, Pace: 1}, 0, gym.Step{Turn: 2, Pace: 2}, true},
		{"as lively as can be", gym.Step{Turn: 1, Pace: 3}, 0, gym.Step{Turn: 2, Pace: 3}, true},
		{"one miss", gym.Step{Turn: 1, Pace: 2}, 1, gym.Step{Turn: 2, Pace: 2}, true},
		{"two misses", gym.Step{Turn: 2, Pace: 2}, 2, gym.Step{Turn: 3, Pace: 1}, true},
		{"as gentle as can be", gym.Step{Turn: 2, Pace: 1}, 9, gym.Step{Turn: 3, Pace: 1}, true},
		{"the last turn", gym.Step{Turn: 3, Pace: 2}, 1, gym.Step{Turn: 4, Pace: 2}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, more := e.Next(c.at, c.missed); got != c.want || more != c.more {
				t.Errorf("Next(%+v, %d) = %+v, %v; want %+v, %v", c.at, c.missed, got, more, c.want, c.more)
			}
		})
	}
}

func TestAtReadsAnyAddress(t *testing.T) {
	e := &gym.Exercise{Kind: gym.Target, Turns: make([]gym.Turn, 3)}
	for in, want := range map[[2]string]gym.Step{
		{"", ""}: {Turn: 1, Pace: 1}, {"2", "3"}: {Turn: 2, Pace: 3}, {"99", "99"}: {Turn: 3, Pace: 3}, {"-1", "x"}: {Turn: 1, Pace: 1},
	} {
		if got := e.At(in[0], in[1]); got != want {
			t.Errorf("At(%q, %q) = %+v; want %+v", in[0], in[1], got, want)
		}
	}
}

// TestPaceIsKind holds the gentlest pace to the largest tolerance.
func TestPaceIsKind(t *testing.T) {
	double := &gym.Exercise{Kind: gym.Target, Gesture: gym.Double, Turns: make([]gym.Turn, 1)}
	stay := &gym.Exercise{Kind: gym.Target, Gesture: gym.Hover, Turns: make([]gym.Turn, 1)}
	for pace := 1; pace <= 3; pace++ {
		at := gym.Step{Turn: 1, Pace: pace}
		if ms := double.Wait(at); ms < 1000 {
			t.Errorf("two presses may take %d ms at pace %d; want at least 1000", ms, pace)
		}
		if ms := stay.Wait(at); ms > 1500 {
			t.Errorf("staying takes %d ms at pace %d; want at most 1500", ms, pace)
		}
		if px := double.Near(at); px < 12 {
			t.Errorf("a press counts up to %d px at pace %d; want at least 12", px, pace)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":           ``,
		"no exercise":       `{"exercises": []}`,
		"two values":        `{"exercises": [{"id":"aa","group":"mouse","kind":"target","turns":[{"across":1,"down":1}]}]} {}`,
		"unknown field":     `{"exercises": [{"id":"aa","group":"mouse","kind":"target","speed":1,"turns":[{"across":1,"down":1}]}]}`,
		"null":              `{"exercises": [null]}`,
		"bad identifier":    `{"exercises": [{"id":"../a","group":"mouse","kind":"target","turns":[{"across":1,"down":1}]}]}`,
		"unknown group":     `{"exercises": [{"id":"aa","group":"foot","kind":"target","turns":[{"across":1,"down":1}]}]}`,
		"unknown manner":    `{"exercises": [{"id":"aa","group":"mouse","kind":"drag","gesture":"double","turns":[{"across":1,"down":1}]}]}`,
		"outside the field": `{"exercises": [{"id":"aa","group":"mouse","kind":"target","turns":[{"across":4,"down":1}]}]}`,
		"answer not there":  `{"exercises": [{"id":"aa","group":"mouse","kind":"pick","turns":[{"right":"c","choices":["a","b"]}]}]}`,
		"choice twice":      `{"exercises": [{"id":"aa","group":"mouse","kind":"pick","turns":[{"right":"a","choices":["a","a"]}]}]}`,
		"nothing to mend":   `{"exercises": [{"id":"aa","group":"keyboard","kind":"type","gesture":"mend","turns":[{"text":"a","from":"a"}]}]}`,
		"twice in the text": `{"exercises": [{"id":"aa","group":"mouse","kind":"select","turns":[{"text":"a a","right":"a","choices":["a","b"]}]}]}`,
		"same identifier":   `{"exercises": [{"id":"aa","group":"mouse","kind":"target","turns":[{"across":1,"down":1}]},{"id":"aa","group":"mouse","kind":"target","turns":[{"across":1,"down":1}]}]}`,
		"too large":         strings.Repeat(" ", 200_000),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := gym.Parse([]byte(raw)); !errors.Is(err, gym.ErrCatalogue) {
				t.Errorf("Parse(%s) = %v; want %v", name, err, gym.ErrCatalogue)
			}
		})
	}
}

// FuzzParse holds any catalogue that is accepted to being playable.
func FuzzParse(f *testing.F) {
	raw, err := fs.ReadFile(kioskui.Files, "gym/catalogue.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"exercises": [{"id":"aa","group":"mouse","kind":"target","turns":[{"across":1,"down":1}]}]}`))
	f.Add([]byte(`{"exercises": [null]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := gym.Parse(raw)
		if err != nil {
			return
		}
		for _, e := range c.Exercises {
			at, more := e.At("1", "1"), true
			for more {
				turn := e.Turn(at)
				e.Judge(at, gym.Answer{Choice: turn.Right, Text: turn.Text})
				at, more = e.Next(at, 0)
			}
		}
	})
}
