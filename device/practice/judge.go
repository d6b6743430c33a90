package practice

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Problem is why a field is not as it should be. The page chooses the words.
type Problem string

// The problems a field may have.
const (
	Missing  Problem = "missing"  // nothing entered
	Unticked Problem = "unticked" // a box that has to be ticked
	NoFile   Problem = "nofile"   // no document chosen
	Other    Problem = "unlike"   // not what the papers say
	Short    Problem = "short"    // a password of fewer than 12 characters
	Weak     Problem = "weak"     // a password made of the person's name, or of one character
	Differs  Problem = "differs"  // not the same as above
	Expired  Problem = "expired"  // a code that waited too long
	Replaced Problem = "replaced" // a code before the newest
)

// minPassword is how long a password has to be, in characters.
const minPassword = 12

// judge finds the problems of what was entered on a screen.
func (s *Service) judge(v Visit, sc *Screen, entered map[string]string, now time.Time) map[string]Problem {
	problems := map[string]Problem{}
	for i := range sc.Fields {
		f := &sc.Fields[i]
		if p := s.problem(v, f, entered, now); p != "" {
			problems[f.Name] = p
		}
	}
	return problems
}

func (s *Service) problem(v Visit, f *Field, entered map[string]string, now time.Time) Problem {
	got := entered[f.Name]
	if got == "" || f.Kind == Tick && got == "non" {
		return f.absent()
	}
	switch {
	case f.Kind == Code:
		return s.codeProblem(v, got, now)
	case f.Same != "":
		return repeats(got, f.Same, v, entered)
	case f.Expect != "":
		return f.expects(got)
	case f.Kind == Password:
		return passwordProblem(got)
	}
	return ""
}

func (f *Field) absent() Problem {
	switch {
	case f.Free:
		return ""
	case f.Kind == Tick:
		return Unticked
	case f.Kind == File:
		return NoFile
	}
	return Missing
}

// repeats compares with a field of this screen, or of an earlier one.
func repeats(got, same string, v Visit, entered map[string]string) Problem {
	want, here := entered[same]
	if !here {
		want = v.Values[same]
	}
	if got != want {
		return Differs
	}
	return ""
}

func (f *Field) expects(got string) Problem {
	if plain(f.Kind, got) != plain(f.Kind, f.Expect) {
		return Other
	}
	return ""
}

// plain is what two people may write differently and mean the same.
func plain(k Kind, text string) string {
	switch k {
	case Digits, Code:
		return strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ".", "", "-", "", "/", "").Replace(text)
	case Amount:
		return amount(text)
	case Password:
		return text
	}
	return fold(text)
}

// amount reads euros: "1 234,50 €", "1234.5" and "1234,50" are the same.
func amount(text string) string {
	text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "€", "", ",", ".").Replace(text)
	whole, cents, ok := strings.Cut(text, ".")
	if !ok {
		return whole
	}
	if cents = strings.TrimRight(cents, "0"); cents == "" {
		return whole
	}
	return whole + "." + cents
}

// fold drops capitals, accents and apostrophes' shapes.
func fold(text string) string {
	return strings.NewReplacer("é", "e", "è", "e", "ê", "e", "ë", "e", "à", "a", "â", "a", "î", "i", "ï", "i",
		"ô", "o", "ù", "u", "û", "u", "ç", "c", "’", "'", "-", " ").Replace(strings.ToLower(text))
}

// passwordProblem asks for length, and for something that is not the name.
func passwordProblem(got string) Problem {
	first, _ := utf8.DecodeRuneInString(got)
	switch {
	case utf8.RuneCountInString(got) < minPassword:
		return Short
	case strings.Contains(fold(got), "camille"), strings.Trim(got, string(first)) == "":
		return Weak
	}
	return ""
}
