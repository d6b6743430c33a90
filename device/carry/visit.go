package carry

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// The launcher, which opens a stick, and the agent, which alone takes what the
// fleet signed, meet in two files of the run folder: one that asks, there for as
// long as the stick is open, and one that answers.
const (
	visitFile = "stick-visit.json"
	foundFile = "stick-found.json"
)

// Visit asks the agent to look at the stick that is open.
type Visit struct {
	ID string `json:"id"`
}

// Copy is what a stick holds of a fleet.
type Copy string

// The kinds of copy.
const (
	CopyNone    Copy = "none"    // nothing of a fleet
	CopyTaken   Copy = "taken"   // the station holds what it says
	CopyOlder   Copy = "older"   // the station has newer already
	CopyExpired Copy = "expired" // made more than 45 days ago
	CopyRefused Copy = "refused" // damaged, or another fleet's
)

// Found is what the agent found on a stick, and how far it is.
type Found struct {
	ID      string          `json:"id"` // of the visit
	Done    bool            `json:"done"`
	Copy    Copy            `json:"copy,omitempty"` // "" while it is looked at
	Signed  time.Time       `json:"signed,omitzero"`
	Lessons bool            `json:"lessons,omitempty"` // some could not be brought
	Books   bool            `json:"books,omitempty"`   // likewise
	Base    *wire.BaseState `json:"base,omitempty"`    // of the release that it is on the way to, if any
}

// Ask begins a visit.
func Ask(run string, v Visit) error { return put(run, visitFile, v) }

// Leave ends it: the stick is about to be let go.
func Leave(run string) error {
	if err := os.Remove(filepath.Join(run, visitFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("end visit of stick: %w", err)
	}
	return nil
}

// Asked returns the visit that is asked for, if any.
func Asked(run string) (v Visit, ok bool) {
	ok = get(run, visitFile, &v)
	return v, ok && v.ID != ""
}

// Tell answers.
func Tell(run string, f Found) error { return put(run, foundFile, f) }

// Told returns the answer to a visit, if there is one.
func Told(run, id string) (f Found, ok bool) {
	ok = get(run, foundFile, &f)
	return f, ok && f.ID == id
}

func put(run, name string, v any) error {
	text, err := json.Marshal(v)
	if err == nil {
		err = durable.Swap(filepath.Join(run, name), text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("tell about stick: %w", err)
	}
	return nil
}

func get(run, name string, v any) bool {
	text, err := os.ReadFile(filepath.Join(run, name))
	return err == nil && json.Unmarshal(text, v) == nil
}
