package main

import (
	"encoding/json"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// readersFile is what the agent reads to tell the fleet which readers are open.
const readersFile = "readers.json"

// keepReaders writes <run>/readers.json. The passreader, which knows, is
// walled off from every folder.
func (r *reader) keepReaders(names []string) {
	if names == nil {
		names = []string{}
	}
	text, err := json.Marshal(struct {
		Readers []string `json:"readers"`
	}{names})
	if err == nil {
		err = durable.Replace(filepath.Join(r.run, readersFile), text, 0o644)
	}
	if err != nil {
		r.listener.Log.Warn("readers not told", "err", err)
	}
}
