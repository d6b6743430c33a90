package voice

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// pauses are how long a mark of punctuation is waited at, in phonemes.
var pauses = map[rune]int{',': 3, ':': 4, ';': 4, '.': 6, '?': 6, '!': 6, '…': 6, '،': 3, '؟': 6}

// timed tells when each word is spoken: the sound is shared out by how many
// phonemes a word has, or by its letters when the voice joined words.
func timed(text, phonemes string, length time.Duration) []Word {
	words, pause := split(text)
	if len(words) == 0 {
		return nil
	}
	weights := weigh(text, words, strings.Fields(phonemes))
	total := 0
	for i, w := range weights {
		total += w + pause[i]
	}
	sum := 0
	for i := range words {
		words[i].At = length.Milliseconds() * int64(sum) / int64(total)
		sum += weights[i] + pause[i]
	}
	return words
}

// split finds the words, and the pause after each.
func split(text string) (words []Word, pause []int) {
	at, open := 0, false
	for _, r := range text {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '\'' || r == '’' || r == '-' || r == '@'
		switch {
		case unicode.IsSpace(r):
			open = false
		case letter && !open:
			words, pause, open = append(words, Word{Start: at}), append(pause, 0), true
		case !letter && len(pause) > 0:
			pause[len(pause)-1] += pauses[r]
		}
		at += utf16.RuneLen(r)
		if open && letter {
			words[len(words)-1].End = at
		}
	}
	return words, pause
}

func weigh(text string, words []Word, groups []string) []int {
	weights := make([]int, len(words))
	units := utf16.Encode([]rune(text))
	for i, w := range words {
		weights[i] = 1 + len(strings.TrimSpace(string(utf16.Decode(units[w.Start:w.End]))))
		if len(groups) == len(words) {
			weights[i] = 1 + strings.Count(groups[i], "_")
		}
	}
	return weights
}
