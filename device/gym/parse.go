package gym

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// ErrCatalogue says that a catalogue cannot be played.
var ErrCatalogue = errors.New("gym catalogue broken")

const (
	maxCatalogue = 128 << 10
	maxExercises = 200
	maxTurns     = 12
	maxChoices   = 16
	maxText      = 240
)

// Parse reads a catalogue. Errors wrap [ErrCatalogue] and name at most the
// place of an exercise, never its text.
func Parse(raw []byte) (*Catalogue, error) {
	if len(raw) > maxCatalogue {
		return nil, fmt.Errorf("size: %w", ErrCatalogue)
	}
	var c Catalogue
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("syntax: %w", ErrCatalogue)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("more than one value: %w", ErrCatalogue)
	}
	return &c, c.check()
}

func (c *Catalogue) check() error {
	if len(c.Exercises) == 0 || len(c.Exercises) > maxExercises {
		return fmt.Errorf("number of exercises: %w", ErrCatalogue)
	}
	seen := map[string]bool{}
	for i, e := range c.Exercises {
		if e == nil || seen[e.ID] || !e.playable() {
			return fmt.Errorf("exercise %d: %w", i+1, ErrCatalogue)
		}
		seen[e.ID] = true
	}
	return nil
}

var identifier = regexp.MustCompile(`^[a-z]{2,24}(_[a-z]{2,24})?$`)

func (e *Exercise) playable() bool {
	if !identifier.MatchString(e.ID) || !slices.Contains(Groups(), e.Group) || !slices.Contains(manners(), e.Manner()) {
		return false
	}
	if len(e.Turns) == 0 || len(e.Turns) > maxTurns {
		return false
	}
	return !slices.ContainsFunc(e.Turns, func(t Turn) bool { return !t.bounded() || !t.playable(e) })
}

// manners are the ways of playing that pages know.
func manners() []string {
	return []string{"target", "target_hover", "target_double", "pick", "pick_double", "reveal", "scroll", "list", "menu",
		"window", "select", "shortcut", "drag", "type", "type_mend", "type_copy", "save"}
}

// playable says whether a turn has what its kind needs.
func (t *Turn) playable(e *Exercise) bool {
	switch e.Kind {
	case Target:
		return within(t.Across, 3) && within(t.Down, 3)
	case Drag:
		return oneOf(t.Thing, t.Things, 1) && oneOf(t.Place, t.Places, 1)
	case Type:
		return said(t.Text) && (e.Gesture != Mend || said(t.From) && t.From != t.Text)
	case Save:
		return said(t.Text) && oneOf(t.Place, t.Places, 2)
	case Select:
		return oneOf(t.Right, t.Choices, 2) && strings.Count(t.Text, t.Right) == 1
	case Shortcut:
		return oneOf(t.Right, t.Choices, 2) && said(t.Text) && len(t.Key) == 1 && t.Key >= "a" && t.Key <= "z"
	case Menu, Window:
		return oneOf(t.Right, t.Choices, 2) && said(t.Thing)
	case Pick, Reveal, Scroll, List:
		return oneOf(t.Right, t.Choices, 2)
	}
	return false
}

func (t *Turn) bounded() bool {
	texts := slices.Concat([]string{t.Right, t.Thing, t.Place, t.Text, t.From}, t.Choices, t.Things, t.Places)
	return len(texts) <= 4*maxChoices && !slices.ContainsFunc(texts, func(s string) bool {
		return len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })
	})
}

func within(n, most int) bool { return n >= 1 && n <= most }

func said(text string) bool { return strings.TrimSpace(text) != "" }

// oneOf says whether right is among at least some different choices.
func oneOf(right string, choices []string, least int) bool {
	sorted := slices.Sorted(slices.Values(choices))
	return said(right) && slices.Contains(choices, right) && len(choices) >= least && len(choices) <= maxChoices &&
		!slices.Contains(sorted, "") && len(slices.Compact(sorted)) == len(choices)
}
