package wire

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// Desired is the whole state a station should reach. A station keeps the last
// one on disk and goes on with it when there is no network.
type Desired struct {
	Version          uint64    `json:"version"`
	Kit              string    `json:"kit,omitempty"`
	Label            string    `json:"label,omitempty"` // what is written on the machine, e.g. "Poste 3"
	Role             Role      `json:"role"`
	Mode             Mode      `json:"mode"`
	Structure        Structure `json:"structure"`
	Places           []Place   `json:"places"`                // where this station may be; the first is the usual one
	Passes           bool      `json:"passes"`                // the structure accepts passes
	Trust            uint64    `json:"trust"`                 // snapshot version to reach; a hint to refresh now
	Banner           string    `json:"banner,omitempty"`      // e.g. "Démonstration", shown on every page
	Contact          string    `json:"contact,omitempty"`     // whom to call, shown when help is needed
	IdleSeconds      int       `json:"idle_s,omitempty"`      // alone: warning after this long without input; 0: 180
	TelemetrySeconds int       `json:"telemetry_s,omitempty"` // 0: 900, a quarter of an hour
	Base             *Base     `json:"base,omitempty"`        // the base system to reach; nil: stay as it is
	Hours            []Window  `json:"hours,omitempty"`       // when the usual place is open; the screen of a kiosk that nobody uses is dark otherwise; none: never
}

// Role is a station's part in its kit.
type Role string

// RoleMediator reads passes for its kit; RoleStation sends people to it.
const (
	RoleMediator Role = "mediator"
	RoleStation  Role = "station"
)

// Mode is how people use a station when the mediator has not opened a day.
type Mode string

// ModeKiosk: someone alone, with idle reset. ModeWorkshop: a group, none.
const (
	ModeKiosk    Mode = "kiosk"
	ModeWorkshop Mode = "workshop"
)

// Structure is the body that runs the station.
type Structure struct {
	ID    pass.Structure `json:"id"`
	SIRET string         `json:"siret"` // 14 digits
	Name  string         `json:"name"`
}

// Place is where a workshop is held.
type Place struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Commune string `json:"commune"`
	Zone    string `json:"zone"`            // IANA time zone of its civil time, e.g. "Europe/Paris"
	Proxy   string `json:"proxy,omitempty"` // HOST:PORT of the web proxy there, without which the fleet is not reached; "": none
}

// ValidProxy reports whether text names a web proxy as HOST:PORT, with nothing
// of an account in it.
func ValidProxy(text string) bool {
	host, port, err := net.SplitHostPort(text)
	n, err2 := strconv.Atoi(port)
	return err == nil && err2 == nil && n > 0 && n < 1<<16 && host != "" && !strings.ContainsAny(host, "/@ \t\r\n?#")
}

// Check implements [Message].
func (m *Desired) Check() error {
	if m.Version == 0 || len(m.Places) > 200 {
		return malformed("desired")
	}
	if (m.Role != RoleMediator && m.Role != RoleStation) || (m.Mode != ModeKiosk && m.Mode != ModeWorkshop) {
		return malformed("role or mode")
	}
	if err := m.Base.check(); err != nil {
		return err
	}
	if err := checkWindows(m.Hours); err != nil {
		return err
	}
	for _, p := range m.Places {
		if !validName(p.ID) {
			return malformed("place")
		}
		if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "" || p.Zone == "Local" {
			return malformed("zone")
		}
		if p.Proxy != "" && !ValidProxy(p.Proxy) {
			return malformed("proxy")
		}
		if err := short(p.Name, p.Commune, p.Proxy); err != nil {
			return err
		}
	}
	return short(m.Kit, m.Label, m.Banner, m.Contact, m.Structure.Name, m.Structure.SIRET)
}

// Job is an order to be carried out once, before Expires.
type Job struct {
	ID      string    `json:"id"`
	Kind    JobKind   `json:"kind"`
	Expires time.Time `json:"exp"`
	Token   string    `json:"token,omitempty"` // of a wipe: what the station enrols again with, at once
}

// JobKind is what a job does.
type JobKind string

// The kinds of job. A station answers "unknown" to one that it does not have.
const (
	JobIdentify JobKind = "identify" // light and sound, so that a person finds the station
	JobRefresh  JobKind = "refresh"  // fetch trust data now
	JobRestart  JobKind = "restart"  // when nobody is at work
	JobLogs     JobKind = "logs"     // send what the programs said, by [PathJournals]
	JobMove     JobKind = "move"     // forget what belonged to the place and the structure it leaves
	JobWipe     JobKind = "wipe"     // records first; then forget everything, the identity too
)

// Check implements [Message].
func (m *Job) Check() error {
	if !validName(m.ID) || m.Kind == "" || m.Expires.IsZero() || len(m.Token) > 1024 {
		return malformed("job")
	}
	return short(string(m.Kind))
}

// Ack says what the fleet has stored. A new Epoch means that the fleet was
// restored from a backup and that a station sends again what Logs do not cover.
type Ack struct {
	Epoch string   `json:"epoch"`
	Logs  []LogAck `json:"logs"`
}

// LogAck covers one log: every record up to Seq and every counter revision up
// to Rev is stored.
type LogAck struct {
	Log pass.LogID `json:"log"`
	Seq uint64     `json:"seq"`
	Rev uint64     `json:"rev"`
}

// Check implements [Message].
func (m *Ack) Check() error {
	if m.Epoch == "" || len(m.Logs) > 256 {
		return malformed("ack")
	}
	return short(m.Epoch)
}

// Time is the server's time when the message was sent.
type Time struct {
	Now time.Time `json:"now"`
}

// Check implements [Message].
func (m *Time) Check() error {
	if m.Now.IsZero() {
		return malformed("time")
	}
	return nil
}
