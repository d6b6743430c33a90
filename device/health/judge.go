package health

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// Names of what a start must have before its slot may be called good.
const (
	NeedLauncher = "launcher" // the pages answer
	NeedDisplay  = "display"  // a page is on the screen
	NeedDisk     = "disk"     // the data folder takes a file, durably
	NeedClock    = "clock"    // the time contradicts nothing that is certain
	NeedReader   = "reader"   // the launcher has heard from the passreader
)

// Need is one thing that a start must have.
type Need struct {
	Name string
	Met  func(context.Context) bool
}

// Judge says whether a start is healthy enough to be called good. Nothing in it
// needs a network, a fleet or a person.
type Judge []Need

// Missing returns the names of what is not met, nothing when the start is
// healthy.
func (j Judge) Missing(ctx context.Context) (names []string) {
	for _, n := range j {
		if !n.Met(ctx) {
			names = append(names, n.Name)
		}
	}
	return names
}

// PagesWithin bounds a question to the launcher.
const PagesWithin = 5 * time.Second

// Pages is met when the launcher answers at a loopback address.
func Pages(address string) Need {
	client := http.Client{Timeout: PagesWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return Need{NeedLauncher, func(ctx context.Context) bool {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", nil)
		if err != nil {
			return false
		}
		answer, err := client.Do(q)
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode < http.StatusInternalServerError
	}}
}

// Drawn is met when display says in its file that a page is on the screen.
func Drawn(run string) Need {
	return Need{NeedDisplay, func(context.Context) bool {
		var told struct {
			State string `json:"state"`
		}
		text, err := os.ReadFile(filepath.Join(run, "display.json"))
		return err == nil && json.Unmarshal(text, &told) == nil && told.State == "drawn"
	}}
}

// Reader is met when the launcher has written down what the passreader reads
// with, be it nothing.
func Reader(run string) Need {
	return Need{NeedReader, func(context.Context) bool {
		_, err := os.Stat(filepath.Join(run, "readers.json"))
		return err == nil
	}}
}

// Writable is met when a folder keeps a file. An empty one would fit on a full
// disk.
func Writable(dir string) Need {
	return Need{NeedDisk, func(context.Context) bool {
		file := filepath.Join(dir, ".healthy")
		return durable.Replace(file, make([]byte, 64<<10), 0o600) == nil && os.Remove(file) == nil
	}}
}
