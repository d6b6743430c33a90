package pass

import (
	"strings"
	"unicode"
)

// groupSeparator is the control character GS, which scanners send for FNC1.
const groupSeparator = "\x1d"

// composed puts letter and accent together, as some systems type them apart,
// and gives a keyboard's typographic signs their plain form.
var composed = strings.NewReplacer(
	"e\u0301", "é", "e\u0300", "è", "c\u0327", "ç", "a\u0300", "à",
	"E\u0301", "É", "E\u0300", "È", "C\u0327", "Ç", "A\u0300", "À",
	"\u2018", "'", "\u2019", "'", "\u201c", `"`, "\u201d", `"`,
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "\u2013", "-", "\u2212", "-",
	groupSeparator, "", "\ufeff", "", "\u200b", "", "\u200e", "", "\u200f", "",
)

// tidy takes away what surrounds a code: blanks, control characters and the
// symbology identifier ("]C1") that some scanners send first.
func tidy(text string) string {
	text = strings.TrimFunc(composed.Replace(narrow(text)), blank)
	for {
		rest := strings.TrimFunc(cutSymbology(text), blank)
		if rest == text {
			return text
		}
		text = rest
	}
}

func blank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// narrow gives wide characters (U+FF01 to U+FF5E) and digits of other scripts
// their ASCII form.
func narrow(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xff01 && r <= 0xff5e:
			return r - 0xff01 + '!'
		case r >= 0x0660 && r <= 0x0669: // Arabic
			return r - 0x0660 + '0'
		case r >= 0x06f0 && r <= 0x06f9: // Persian, Urdu
			return r - 0x06f0 + '0'
		}
		return r
	}, text)
}

// cutSymbology removes "]", a letter and a digit, also as a French keyboard
// layout writes them ("$C&").
func cutSymbology(text string) string {
	if len(text) < 3 || !isLetter(text[1]) {
		return text
	}
	if text[0] == ']' && (isDigit(rune(text[2])) || isLetter(text[2])) {
		return text[3:]
	}
	if rest := []rune(text[2:]); text[0] == '$' && azerty(rest[0]) >= 0 {
		return string(rest[1:])
	}
	return text
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// digitsOf returns the digits of a text that is nothing but digits, plain with
// separators between them or all garbled by a French keyboard layout. The two
// are never mixed, because "-" separates in one and is a 6 in the other.
func digitsOf(text string) (string, bool) {
	if strings.IndexFunc(text, isDigit) >= 0 {
		return collect(text, plainDigit)
	}
	return collect(text, garbledDigit)
}

// collect maps every rune to a digit; skip leaves one out, none ends it.
func collect(text string, digit func(rune) int) (string, bool) {
	var b strings.Builder
	for _, r := range text {
		switch d := digit(r); d {
		case none:
			return "", false
		case skip:
		default:
			b.WriteByte(byte('0' + d))
		}
	}
	return b.String(), b.Len() > 0
}

const (
	none = -1
	skip = -2
)

func plainDigit(r rune) int {
	switch {
	case isDigit(r):
		return int(r - '0')
	case blank(r) || r == '-' || r == '.' || r == '_':
		return skip
	}
	return none
}

func garbledDigit(r rune) int {
	if blank(r) {
		return skip
	}
	return azerty(r)
}

// azerty returns the digit whose key types r on a French keyboard (PC, Mac or
// Belgian, with or without capitals locked), or none.
func azerty(r rune) int {
	switch r {
	case 'à', 'À':
		return 0
	case '&':
		return 1
	case 'é', 'É':
		return 2
	case '"':
		return 3
	case '\'':
		return 4
	case '(':
		return 5
	case '-', '§':
		return 6
	case 'è', 'È':
		return 7
	case '_', '!':
		return 8
	case 'ç', 'Ç':
		return 9
	}
	return none
}
