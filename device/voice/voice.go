// Package voice turns a sentence into sound, with the time of each word, so
// that a page can be heard and followed.
//
// A [Voice] is small on purpose: today espeak-ng speaks, another may one day.
// [Cache] keeps what was spoken, by language and sentence, until the session
// ends.
//
// It never goes to the network, never plays anything itself, writes no file,
// and puts no sentence in an error or a log: what is read aloud may be what
// somebody typed.
package voice

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"
)

// MaxText is how many bytes of text are spoken at once: longer than any
// sentence that people follow.
const MaxText = 1000

// Errors of this package. ErrLanguage: there is no voice for the language.
// ErrText: nothing to say, or too much. ErrSilent: no voice is to be had.
var (
	ErrLanguage = errors.New("no voice for this language")
	ErrText     = errors.New("not a sentence")
	ErrSilent   = errors.New("no voice on this station")
)

// Word is when a word of the text is spoken.
type Word struct {
	Start int   `json:"start"` // in UTF-16 code units, as pages count
	End   int   `json:"end"`
	At    int64 `json:"at"` // milliseconds from the beginning
}

// Sound is a spoken sentence.
type Sound struct {
	WAV   []byte // 16-bit mono PCM
	Words []Word // in order; an estimate, to follow by eye
}

// Voice speaks. It is safe for concurrent use.
type Voice interface {
	// Speak returns the sentence as sound. lang is a BCP 47 tag; text is plain.
	// It fails with [ErrLanguage], [ErrText] or [ErrSilent].
	Speak(ctx context.Context, lang, text string) (Sound, error)
}

// speaking bounds one sentence: a voice that hangs silences nobody for long.
const speaking = 10 * time.Second

func check(text string) error {
	if text == "" || len(text) > MaxText || !utf8.ValidString(text) {
		return ErrText
	}
	return nil
}
