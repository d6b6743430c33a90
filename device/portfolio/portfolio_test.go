package portfolio_test

import (
	"bytes"
	"crypto/ed25519"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/portfolio"
	"github.com/mallette-kit/mallette/fleet/level"
	"github.com/mallette-kit/mallette/fleet/pass"
)

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{4}, ed25519.SeedSize))

func TestACardIsReadBackAtAnotherStation(t *testing.T) {
	full := portfolio.Card{
		Month: 83, First: level.Distant, Level: level.Intermediate, Traits: portfolio.Traits{Equipment: 2, Learning: 1, French: 3},
		Themes: []string{"materiel", "messagerie", "diagnostic"}, Helped: true, Forms: true,
	}
	for name, want := range map[string]portfolio.Card{"full": full, "empty": {}, "only a theme": {Month: 1, Themes: []string{"sante"}}} {
		t.Run(name, func(t *testing.T) {
			signed, err := want.Sign(key)
			if err != nil {
				t.Fatal(err)
			}
			code, err := pass.Read(signed.Digits())
			if got := portfolio.Of(code.Own.Card); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("read back = %+v, %v; want %+v", got, err, want)
			}
		})
	}
}

func TestTheFormatHoldsEveryTheme(t *testing.T) {
	for _, theme := range level.Themes() {
		var c portfolio.Card
		c.Live(theme.Code)
		signed, err := c.Sign(key)
		if err != nil || !slices.Equal(portfolio.Of(signed.Card).Themes, []string{theme.Code}) {
			t.Errorf("a card with %q = %v, %v; want the theme kept", theme.Code, portfolio.Of(signed.Card).Themes, err)
		}
	}
	for _, g := range portfolio.Gestures() {
		for _, theme := range portfolio.ThemesOf(g) {
			if _, ok := level.ThemeOf(theme); !ok {
				t.Errorf("ThemesOf(%s) has %q, which fleet/level has not", g, theme)
			}
		}
	}
}

func TestALaterReleaseMayMeanMore(t *testing.T) {
	got := portfolio.Of(pass.OwnCard{Level: 1, Themes: 1<<31 | 1, Marks: 1 << 15})
	if want := (portfolio.Card{Level: level.Distant, Themes: []string{"materiel"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("Of(bits of a later release) = %+v; want %+v", got, want)
	}
}

func TestLevelOfALook(t *testing.T) {
	const n, w, a, s = portfolio.NotYet, portfolio.WithYou, portfolio.Alone, portfolio.Shows
	tests := []struct {
		name    string
		answers []portfolio.Ease
		want    level.Level
	}{
		{"nothing said", nil, ""},
		{"two answers say nothing", []portfolio.Ease{0, n, 0, 0, a}, ""},
		{"never touched one", []portfolio.Ease{n, n, n, n, n, n, n, n}, level.Distant},
		{"the mouse with somebody", []portfolio.Ease{w, w, n, n, n, n, n, n}, level.Distant},
		{"with somebody", []portfolio.Ease{w, w, w, w, w, w, w, w}, level.Beginner},
		{"the usual alone", []portfolio.Ease{a, a, a, w, a, w, w, w}, level.Intermediate},
		{"everything alone", []portfolio.Ease{a, a, a, a, a, a, a, a}, level.Advanced},
		{"shows others", []portfolio.Ease{s, s, s, s, a, a, s, s}, level.Autonomous},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := portfolio.Level(tt.answers); got != tt.want {
				t.Errorf("Level(%v) = %q; want %q", tt.answers, got, tt.want)
			}
		})
	}
}

// More ease never leads to a lower level.
func TestEaseOnlyRaises(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	rank := func(answers []portfolio.Ease) int { return slices.Index(level.Levels(), portfolio.Level(answers)) }
	for range 5000 {
		answers := make([]portfolio.Ease, len(portfolio.Gestures()))
		for i := range answers {
			answers[i] = portfolio.Ease(1 + rnd.IntN(4))
		}
		before := rank(answers)
		i := rnd.IntN(len(answers))
		if answers[i] < portfolio.Shows {
			answers[i]++
		}
		if after := rank(answers); after < before {
			t.Fatalf("more ease in %d leads from %d to %d: %v", i, before, after, answers)
		}
	}
}

func TestWantingBeginsWithTheSimplest(t *testing.T) {
	answers := []portfolio.Ease{portfolio.WithYou, portfolio.Alone, portfolio.NotYet, 0, portfolio.NotYet}
	if got, want := portfolio.Wanting(answers), []string{"search", "mail", "mouse"}; !slices.Equal(got, want) {
		t.Errorf("Wanting = %v; want %v", got, want)
	}
}

func TestTheFirstLookStays(t *testing.T) {
	var c portfolio.Card
	c.Look(level.Distant)
	c.Look(level.Intermediate)
	if c.First != level.Distant || c.Level != level.Intermediate || c.Empty() {
		t.Errorf("after two looks = %+v; want the first and the latest", c)
	}
}

func TestMonths(t *testing.T) {
	for text, want := range map[string]pass.Month{"2020-01-31": 1, "2026-11-21": 83, "1970-01-01": 0} {
		day, err := time.Parse(time.DateOnly, text)
		if got := portfolio.MonthOf(day); err != nil || got != want {
			t.Errorf("MonthOf(%s) = %d; want %d", text, got, want)
		}
	}
	if got := portfolio.DateOf(83).Format(time.DateOnly); got != "2026-11-01" {
		t.Errorf("DateOf(83) = %s; want 2026-11-01", got)
	}
}
