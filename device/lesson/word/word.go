// Package word finds the words of a text and makes those that mean the same
// alike: "Clique", "cliquez" and "clics", "élève" and "eleves". The search in
// lessons and the quality gate both need it.
//
// It knows French, lightly: endings are cut by rule, without a dictionary, so
// that a form it does not know is only left as it is. Words of other languages
// lose their capitals and accents and, where an ending looks French, that too,
// always in the same way. It keeps nothing.
package word

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Word is one word of a text.
type Word struct {
	Start, End int    // bytes of the text it was cut from
	Fold       string // as [Fold] gives it
	Stem       string // what alike words share, as [Stem] gives it
}

// Fold makes a text small, without accents, ligatures or curved apostrophes.
func Fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		switch r = unicode.ToLower(r); r {
		case 'œ':
			b.WriteString("oe")
		case 'æ':
			b.WriteString("ae")
		case 'ß':
			b.WriteString("ss")
		case '’':
			b.WriteByte('\'')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Split cuts a text into its words. What stands between letters and digits
// separates them, an apostrophe and a hyphen too; signs such as @ and € are
// words of their own, since lessons teach them.
func Split(text string) []Word {
	var words []Word
	start := -1
	flush := func(end int) {
		if start >= 0 {
			fold := Fold(text[start:end])
			words = append(words, Word{start, end, fold, stem(fold)})
			start = -1
		}
	}
	for i, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r):
			if start < 0 {
				start = i
			}
		case r == '@' || r == '€' || r == '#':
			flush(i)
			words = append(words, Word{i, i + len(string(r)), string(r), string(r)})
		default:
			flush(i)
		}
	}
	flush(len(text))
	return words
}
