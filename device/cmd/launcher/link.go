package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// link is what the agent left on the disk about the network: the launcher
// reads it and asks nobody.
type link struct{ cursor, agent string }

func openLink(dataDir, runDir string) *link {
	return &link{filepath.Join(dataDir, "uplink.json"), filepath.Join(runDir, "agent.json")}
}

// Ack is what the fleet has stored. What cannot be read counts as nothing
// stored: more is kept, nothing is lost.
func (l *link) Ack() wire.Ack {
	ack, err := outbox.ReadAck(l.cursor)
	if err != nil {
		return wire.Ack{}
	}
	return ack
}

// Sent is the logs set aside that the fleet has whole. What cannot be read
// counts as not sent.
func (l *link) Sent() map[pass.LogID]bool {
	sent, err := outbox.ReadSent(l.cursor)
	if err != nil {
		return nil
	}
	return sent
}

// agentStatus is the part of agent.json that pages show.
type agentStatus struct {
	Online   bool      `json:"online"`
	LastSync time.Time `json:"last_sync"`
}

// Status returns what the agent last wrote; the zero value when it is not there.
func (l *link) Status() agentStatus {
	var st agentStatus
	text, err := os.ReadFile(l.agent)
	if err != nil || json.Unmarshal(text, &st) != nil {
		return agentStatus{LastSync: l.lastSync()}
	}
	if st.LastSync.IsZero() {
		st.LastSync = l.lastSync()
	}
	return st
}

// lastSync survives a reboot in the agent's cursor.
func (l *link) lastSync() time.Time {
	var file struct {
		LastSync time.Time `json:"last_sync"`
	}
	text, err := os.ReadFile(l.cursor)
	if err != nil || json.Unmarshal(text, &file) != nil {
		return time.Time{}
	}
	return file.LastSync
}
