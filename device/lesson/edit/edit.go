// Package edit is where a mediator makes a lesson from another one: the words
// of its steps, its guides and its quiz, and what it says of itself.
//
//	book := edit.Open("/perm/kit/lessons", "/perm/kit/edits")
//	id, err := book.Derive(parent, "Médiathèque des Tilleuls", taken)
//	err = book.Change(id, func(d *edit.Draft) error { return d.SetText(name, seen, words, easy) })
//
// What was typed is one file, the draft, replaced whole and on the disk before
// [Book.Change] returns, whether or not a station could show it. When it can,
// the lesson's folder is replaced whole too; otherwise the folder stays what it
// was, and Change says so with [ErrHeld]. A power cut between the two is made
// good by [Book.Resume].
//
// The package never changes a lesson it did not make, never drops a lesson's
// origin, authors or licence, and its errors never quote what somebody wrote.
package edit

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mallette-kit/mallette/device/lesson"
)

// Why something is not done; test with errors.Is.
var (
	// ErrHeld says that the draft is kept and a station would not show it: the
	// error also wraps why, one of the sentinels of package lesson.
	ErrHeld = errors.New("draft is kept and not shown")
	// ErrStale says that what is kept is not what the writer had seen. Nothing
	// was changed.
	ErrStale = errors.New("changed since it was seen")
	// ErrUnknown says that there is no such lesson, text or pack.
	ErrUnknown = errors.New("no such lesson of this station")
	// ErrLicence says that a licence does not let others change a lesson.
	ErrLicence = errors.New("licence does not allow a derivative")
	// ErrFull says that the station keeps no more lessons of its own, or that
	// a lesson has no room for one more step.
	ErrFull = errors.New("no room for one more")
	// ErrLast says that a lesson needs the step that was to be removed.
	ErrLast = errors.New("last step of a lesson")
	// ErrHere says that the same lesson is on the station already.
	ErrHere = errors.New("already on this station")
	// ErrDraft says that a draft on the disk cannot be read.
	ErrDraft = errors.New("draft not readable")
)

// draftVersion is that of the draft's document.
const draftVersion = 1

// maxDraft is more than all texts of a lesson.
const maxDraft = 8 << 20

// maxSteps is that of a lesson.
const maxSteps = 40

// Draft is a lesson as it is being written, right or wrong.
type Draft struct {
	V      int                    `json:"v"`
	ID     string                 `json:"id"`
	New    bool                   `json:"new,omitempty"` // nobody has changed anything yet
	Meta   string                 `json:"meta"`          // lesson.yaml as it was when the lesson was made
	About  About                  `json:"about"`
	Steps  []string               `json:"steps"` // file of each, in their order
	Assets map[lesson.Kind]string `json:"assets"`
	Texts  map[string]string      `json:"texts"`          // every Markdown file by its name
	Gone   []string               `json:"gone,omitempty"` // recordings that said other words
	Jots   map[string]Jot         `json:"jots,omitempty"` // what was typed and not saved, by page
}

// About is what a lesson says of itself, as it was typed. Lists have one line
// for each thing; a word and its meaning stand around a colon.
type About struct {
	Title      string `json:"title"`
	Summary    string `json:"summary"`
	Minutes    string `json:"minutes"`
	Objectives string `json:"objectives"`
	Words      string `json:"words"`
	Material   string `json:"material"`
	Cover      string `json:"cover"` // file name in images/, or ""
}

func parseDraft(raw []byte) (Draft, error) {
	var d Draft
	if len(raw) > maxDraft || json.Unmarshal(raw, &d) != nil || d.V != draftVersion {
		return Draft{}, ErrDraft
	}
	if _, err := lesson.ParseMeta([]byte(d.Meta)); err != nil {
		return Draft{}, ErrDraft
	}
	return d, nil
}

func (d Draft) encode() ([]byte, error) {
	raw, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode draft: %w", err)
	}
	if len(raw) > maxDraft {
		return nil, fmt.Errorf("encode draft: %w", lesson.ErrTooLarge)
	}
	return append(raw, '\n'), nil
}

// clone lets a change that fails leave d what it was.
func (d Draft) clone() Draft {
	d.Steps, d.Gone = slices.Clone(d.Steps), slices.Clone(d.Gone)
	d.Assets, d.Texts, d.Jots = maps.Clone(d.Assets), maps.Clone(d.Texts), maps.Clone(d.Jots)
	return d
}

// base is the valid description that the lesson began with.
func (d Draft) base() lesson.Meta {
	m, err := lesson.ParseMeta([]byte(d.Meta))
	if err != nil {
		return lesson.Meta{Format: lesson.Format, ID: d.ID, Languages: []string{"fr"}}
	}
	return m
}

// Origin is where the lesson comes from, the nearest first.
func (d Draft) Origin() []lesson.Ancestor { return d.base().Lineage }

// Authors are those of the lesson it was made from, then who adapted it.
func (d Draft) Authors() []string { return d.base().Authors }

// Licence is that of the lesson it was made from.
func (d Draft) Licence() string { return d.base().Licence }

// Lang is the language of the texts that are edited.
func (d Draft) Lang() string { return d.base().Languages[0] }
