package word

import (
	"strings"
	"unicode/utf8"
)

// ending is a suffix, what takes its place, and how many letters must stay.
type ending struct {
	suffix, instead string
	stays           int
}

// plurals and endings are tried in order; the first that fits is cut. They do
// not change.
var (
	plurals = []ending{{"eaux", "eau", 1}, {"eux", "eu", 3}, {"aux", "al", 2}, {"s", "", 3}, {"x", "", 3}}
	endings = []ending{
		{"trice", "teu", 2}, {"euse", "eu", 3}, {"eur", "eu", 3},
		{"ement", "", 4}, {"ent", "", 5}, {"er", "", 3}, {"ez", "", 3}, {"ee", "", 3}, {"e", "", 3},
	}
)

// Stem returns what a word shares with its plural, its feminine and the
// commonest forms of its verb. The word need not be folded.
func Stem(w string) string { return stem(Fold(w)) }

func stem(folded string) string {
	s := single(cut(cut(folded, plurals), endings))
	if bare, ok := strings.CutSuffix(s, "qu"); ok && len(bare) >= 2 {
		return bare + "c" // cliquer, clic
	}
	if bare, ok := strings.CutSuffix(s, "iv"); ok && len(bare) >= 2 {
		return bare + "if" // active, actif
	}
	return s
}

func cut(s string, list []ending) string {
	for _, e := range list {
		if bare, ok := strings.CutSuffix(s, e.suffix); ok && utf8.RuneCountInString(bare) >= e.stays {
			return bare + e.instead
		}
	}
	return s
}

// single makes a doubled last consonant one: personnelle, personnel.
func single(s string) string {
	n := len(s)
	if n > 3 && s[n-1] == s[n-2] && strings.IndexByte("lmnprst", s[n-1]) >= 0 {
		return s[:n-1]
	}
	return s
}
