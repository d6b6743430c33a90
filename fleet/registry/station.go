package registry

import (
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Station is what the fleet knows of one station.
type Station struct {
	ID          wire.Station
	Kit         string
	Label       string
	Role        wire.Role
	Mode        wire.Mode
	Place       string // the usual one
	Structure   pass.Structure
	Incarnation uint32
	Hardware    string // what the machine says it is, stable across images
	Model       string
	Enrolled    time.Time
	LostSince   time.Time // zero: not declared lost

	Hello    wire.Hello // zero before the first
	LastSeen time.Time
	Online   bool
	Session  uint64

	Telemetry   wire.Telemetry // the latest
	TelemetryAt time.Time      // zero before the first
	Reported    wire.Reported
	ReportedAt  time.Time
	Desired     wire.Desired
	Base        *wire.Base // what a rollout asks it to run; nil: nothing
}

// Lost reports whether the station was declared lost.
func (s Station) Lost() bool { return !s.LostSince.IsZero() }

// Reached reports whether the station has reached its desired state.
func (s Station) Reached() bool { return s.Reported.Version == s.Desired.Version }

// Edit is what people decide about a station.
type Edit struct {
	Kit   string
	Label string
	Role  wire.Role
	Mode  wire.Mode
	Place string
}

// Query selects, sorts and pages stations. The zero value selects all.
type Query struct {
	Structure pass.Structure // 0: any
	Territory string         // "": any
	Kit       string
	Place     string // the usual one
	Text      string // found in label, id, kit or place
	State     State
	Sort      string // "label", "kit", "place", "seen", "release", "pending"; "": label
	Desc      bool
	Offset    int
	Limit     int // 0: all
}

// State narrows a query to stations in one condition.
type State string

// The conditions a station list can be narrowed to.
const (
	AnyState State = ""
	Online   State = "online"
	Offline  State = "offline"
	Pending  State = "pending" // records wait on the station
	Behind   State = "behind"  // has not reached its desired state
	Missing  State = "lost"    // declared lost
)

// Certificate is one that was issued to a station.
type Certificate struct {
	Serial      string // hexadecimal
	Incarnation uint32
	NotAfter    time.Time
	RevokedAt   time.Time // zero: good
}

// Sample is a station's health at a moment.
type Sample struct {
	At time.Time
	wire.Telemetry
}
