package gym

import (
	"slices"
	"strings"
)

// Answer is what a page sends of a turn.
type Answer struct {
	Choice string // what was chosen
	Thing  string // what was taken
	Place  string // where it was put
	Text   string // what was written
}

// Verdict is how a turn went, and so what to say next.
type Verdict string

// The verdicts. Every one but Done is an encouragement to look again.
const (
	Done      Verdict = "done"
	Empty     Verdict = "empty"    // nothing was chosen or written
	Elsewhere Verdict = "else"     // another thing, or another place
	Capitals  Verdict = "capitals" // right but for small and capital letters
	Accents   Verdict = "accents"  // right but for accents
	Spaces    Verdict = "spaces"   // right but for spaces
	Almost    Verdict = "almost"   // other letters
)

// Judge says how an answer to a step went.
func (e *Exercise) Judge(at Step, a Answer) Verdict {
	t := e.Turn(at)
	switch e.Kind {
	case Target:
		return Done
	case Drag:
		return first(chosen(a.Thing, t.Thing), chosen(a.Place, t.Place))
	case Type:
		return written(a.Text, t.Text)
	case Save:
		return first(written(a.Text, t.Text), chosen(a.Place, t.Place))
	}
	return chosen(a.Choice, t.Right)
}

func first(verdicts ...Verdict) Verdict {
	if i := slices.IndexFunc(verdicts, func(v Verdict) bool { return v != Done }); i >= 0 {
		return verdicts[i]
	}
	return Done
}

func chosen(got, want string) Verdict {
	switch got {
	case want:
		return Done
	case "":
		return Empty
	}
	return Elsewhere
}

// written compares what was typed with the model, and finds the one thing that
// differs when there is only one.
func written(got, want string) Verdict {
	got, want = plain(got), plain(want)
	switch {
	case got == want:
		return Done
	case got == "":
		return Empty
	case strings.EqualFold(got, want):
		return Capitals
	case strings.EqualFold(unaccented(got), unaccented(want)):
		return Accents
	case strings.EqualFold(strings.ReplaceAll(got, " ", ""), strings.ReplaceAll(want, " ", "")):
		return Spaces
	}
	return Almost
}

// plain drops what nobody sees: spaces around and twice, the shape of an
// apostrophe.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "’", "'")), " ")
}

func unaccented(text string) string {
	return strings.NewReplacer("é", "e", "è", "e", "ê", "e", "ë", "e", "à", "a", "â", "a", "ù", "u", "û", "u",
		"î", "i", "ï", "i", "ô", "o", "ç", "c", "É", "E", "È", "E", "À", "A", "Ç", "C").Replace(text)
}
