package network

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// The names in the run directory.
const (
	FileName   = "network.json"
	SocketName = "network.sock"
)

// Read returns what the network program last wrote in the run directory; the
// zero value where it does not run. It names no Wi-Fi and no portal.
func Read(runDir string) (State, error) {
	var s State
	text, err := os.ReadFile(filepath.Join(runDir, FileName))
	if err != nil {
		return State{}, fmt.Errorf("read network: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return State{}, fmt.Errorf("read network: not JSON")
	}
	return s, nil
}

// Write tells every program how the network stands, and leaves out what only
// a mediator may see.
func Write(runDir string, s State) error {
	s.Portal, s.Joined = "", ""
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write network: %w", err)
	}
	if err := durable.Swap(filepath.Join(runDir, FileName), text, 0o644); err != nil {
		return fmt.Errorf("write network: %w", err)
	}
	return nil
}
