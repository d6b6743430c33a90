package lesson

import (
	"bytes"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

const maxRounds = 40

// ParseGame reads a game file. Errors wrap [ErrGame] and never quote it.
func ParseGame(raw []byte) (*Game, error) {
	if len(raw) > maxText {
		return nil, ErrTooLarge
	}
	var g Game
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := decodeSafely(dec, &g); err != nil {
		return nil, fmt.Errorf("game: %w", ErrGame)
	}
	if bad(g.Title, 80) || bad(g.Intro, 400) || len(g.Rounds) == 0 || len(g.Rounds) > maxRounds {
		return nil, fmt.Errorf("title, intro or rounds: %w", ErrGame)
	}
	for i, r := range g.Rounds {
		if !g.playable(r) {
			return nil, fmt.Errorf("round %d: %w", i+1, ErrGame)
		}
	}
	return &g, nil
}

func readGame(p *pack, file, lang string) (*Game, error) {
	raw, err := p.read(file, maxText)
	if err != nil {
		return nil, err
	}
	g, err := ParseGame(raw)
	if err != nil {
		return nil, err
	}
	g.Lang = lang
	return g, nil
}

// playsAs says whether two versions of a game differ in words alone: turn by
// turn the same is right, and the same target is reached.
func (g *Game) playsAs(other *Game) bool {
	return g.Play == other.Play && len(g.Boxes) == len(other.Boxes) && slices.EqualFunc(g.Rounds, other.Rounds, func(a, b Round) bool {
		return a.Box == b.Box && a.Size == b.Size && a.Across == b.Across && a.Down == b.Down && a.Double == b.Double
	})
}

// playable says whether a round has what its way of playing needs.
func (g *Game) playable(r Round) bool {
	if bad(r.Say, 600) {
		return false
	}
	switch g.Play {
	case Targets:
		return within(r.Size, 3) && within(r.Across, 5) && within(r.Down, 3)
	case Letters:
		return !bad(r.Type, 60) && !bad(r.Why, 400)
	case Sorting:
		return len(g.Boxes) > 1 && len(g.Boxes) < 5 && r.Box >= 0 && r.Box < len(g.Boxes) && !bad(r.From, 80) && !bad(r.Why, 600)
	}
	return false
}

func within(n, most int) bool { return n >= 1 && n <= most }
