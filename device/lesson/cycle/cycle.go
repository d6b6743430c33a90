// Package cycle is courses made of lessons: a small document that says which
// lessons, in which order, for whom, and what the mediator wants to remember.
// One is composed at a station, kept there, and carried on a stick; others come
// signed from the fleet.
//
//	book := cycle.Open("/perm/kit/cycles", fleet)
//	c, err := book.Get("premiers-pas")
//	for _, p := range c.Against(catalogue) { … }
//
// A cycle holds no lesson and no person: it names lessons by identifier and by
// the hash of the content its author saw, so that a lesson that is missing or
// has changed can be told.
package cycle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mallette-kit/mallette/fleet/level"
)

// Version is that of the document.
const Version = 1

// Why a cycle is refused; test with errors.Is. Errors never quote it.
var (
	// ErrFormat says that a document is not a cycle.
	ErrFormat = errors.New("not a cycle of lessons")
	// ErrUnknown says that there is no such cycle.
	ErrUnknown = errors.New("no such cycle")
	// ErrSigned says that a cycle of the fleet cannot be removed here.
	ErrSigned = errors.New("cycle is the fleet's")
	// ErrFull says that the station keeps no more cycles.
	ErrFull = errors.New("too many cycles")
)

// MaxBytes is the largest document.
const MaxBytes = 64 << 10

// Cycle is a course of lessons.
type Cycle struct {
	V         int      `json:"v"`
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Summary   string   `json:"summary,omitempty"`
	Audiences []string `json:"audiences,omitempty"` // codes of fleet/level
	From      string   `json:"from,omitempty"`      // level of those who come
	To        string   `json:"to,omitempty"`        // and of those who leave
	Notes     string   `json:"notes,omitempty"`     // the mediator's, about the whole
	Material  []string `json:"material,omitempty"`  // to bring, besides what lessons ask for
	Authors   []string `json:"authors,omitempty"`
	Licence   string   `json:"licence,omitempty"`
	Items     []Item   `json:"lessons"`
}

// Item is one meeting of a cycle.
type Item struct {
	Lesson  string `json:"lesson"`            // identifier
	Hash    string `json:"sha256,omitempty"`  // of the content that was chosen
	Version int    `json:"version,omitempty"` // of the lesson that was chosen
	Title   string `json:"title"`             // to say what is missing
	Minutes int    `json:"minutes"`
	Notes   string `json:"notes,omitempty"`
}

// Minutes is how long all meetings take together.
func (c Cycle) Minutes() int {
	n := 0
	for _, i := range c.Items {
		n += i.Minutes
	}
	return n
}

// Parse reads a document, which may come from anybody's stick. Errors wrap
// [ErrFormat].
func Parse(raw []byte) (Cycle, error) {
	var c Cycle
	if len(raw) > MaxBytes {
		return c, fmt.Errorf("%w: too large", ErrFormat)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&c); err != nil || dec.More() {
		return Cycle{}, fmt.Errorf("%w: not JSON", ErrFormat)
	}
	if err := c.Check(); err != nil {
		return Cycle{}, err
	}
	return c, nil
}

// Encode writes a cycle that [Parse] reads, the same bytes each time.
func (c Cycle) Encode() ([]byte, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode cycle: %w", err)
	}
	return append(raw, '\n'), nil
}

var (
	idForm  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	sumForm = regexp.MustCompile(`^([0-9a-f]{64})?$`)
)

// Limits of a cycle.
const (
	maxItems = 40
	maxTitle = 80
	maxNotes = 2000
	maxList  = 20
)

// Check holds a cycle to its form. Errors wrap [ErrFormat].
func (c Cycle) Check() error {
	switch {
	case c.V != Version || !idForm.MatchString(c.ID):
		return fmt.Errorf("%w: version or identifier", ErrFormat)
	case strings.TrimSpace(c.Title) == "" || !plain(maxTitle, c.Title) || !plain(maxNotes, c.Summary, c.Notes):
		return fmt.Errorf("%w: title, summary or notes", ErrFormat)
	case len(c.Items) > maxItems || len(c.Material) > maxList || len(c.Authors) > maxList || len(c.Audiences) > maxList:
		return fmt.Errorf("%w: too many lessons or lines", ErrFormat)
	case !plain(200, append(slices.Concat(c.Material, c.Authors, c.Audiences), c.From, c.To, c.Licence)...):
		return fmt.Errorf("%w: lists", ErrFormat)
	}
	for _, i := range c.Items {
		if !idForm.MatchString(i.Lesson) || !sumForm.MatchString(i.Hash) || i.Minutes < 0 || i.Minutes > 600 || i.Version < 0 ||
			!plain(200, i.Title) || !plain(maxNotes, i.Notes) {
			return fmt.Errorf("%w: lesson", ErrFormat)
		}
	}
	return nil
}

// plain holds texts to a length and to signs that can be read.
func plain(most int, texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool {
		return utf8.RuneCountInString(s) > most || !utf8.ValidString(s) ||
			strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' })
	})
}

// Known says whether the codes of a cycle are those of this release; an older
// station still reads a newer cycle.
func (c Cycle) Known() bool {
	for _, code := range c.Audiences {
		if _, ok := level.Audience(code); !ok {
			return false
		}
	}
	return (c.From == "" || level.Level(c.From).Valid()) && (c.To == "" || level.Level(c.To).Valid())
}
