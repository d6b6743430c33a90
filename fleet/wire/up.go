package wire

import (
	"regexp"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// State says whether a station is connected. The broker publishes the will
// (Online false) with the Session of the connection that died, so that an old
// will cannot end a newer session.
type State struct {
	Online  bool   `json:"online"`
	Session uint64 `json:"session"` // rises with every connection of a station
}

// Check implements [Message].
func (m *State) Check() error {
	if m.Session == 0 {
		return malformed("session")
	}
	return nil
}

// BootTime ties a boot's monotonic clock to wall time, as a person, a battery
// clock or a time server set it: Wall was true at Mono after that boot.
type BootTime struct {
	Boot  string       `json:"boot"`    // kernel boot id
	Mono  int64        `json:"mono_ms"` // milliseconds since boot, sleep included
	Wall  time.Time    `json:"wall"`
	Clock pass.Quality `json:"clock"`
}

// Hello is sent on every connection, before anything else.
type Hello struct {
	Wire        int          `json:"wire"`        // the station's [Version]
	Incarnation uint32       `json:"incarnation"` // rises when the machine is re-imaged
	Boot        string       `json:"boot"`
	Boots       []BootTime   `json:"boots,omitempty"` // newest first, at most 16
	Slot        string       `json:"slot"`            // "a", "b", or "host" off the appliance
	Release     string       `json:"release"`
	Agent       string       `json:"agent"`
	Arch        string       `json:"arch"`
	Model       string       `json:"model"`
	Log         pass.LogID   `json:"log"`             // the outbox in use
	Aside       []pass.LogID `json:"aside,omitempty"` // outboxes set aside as damaged, at most 16
	Schemas     []string     `json:"schemas"`         // "outbox/1" …: formats of perm this release writes
}

// Check implements [Message].
func (m *Hello) Check() error {
	if m.Wire < 1 || m.Incarnation == 0 || m.Boot == "" || len(m.Boots) > 16 || len(m.Aside) > 16 || len(m.Schemas) > 16 {
		return malformed("hello")
	}
	return short(m.Boot, m.Slot, m.Release, m.Agent, m.Arch, m.Model)
}

// Records carries consecutive ledger entries of one log, the first with
// sequence number First.
type Records struct {
	Log     pass.LogID   `json:"log"`
	First   uint64       `json:"first"`
	Entries []pass.Entry `json:"entries"`
}

// Check implements [Message].
func (m *Records) Check() error {
	if m.Log == (pass.LogID{}) || m.First == 0 || len(m.Entries) == 0 || len(m.Entries) > MaxEntries {
		return malformed("records")
	}
	return nil
}

// Counters carries whole values of changed counters; every Rev is above zero
// and the fleet acknowledges the highest Rev it has stored.
type Counters struct {
	Log      pass.LogID `json:"log"`
	Counters []Counter  `json:"counters"`
}

// Counter is a usage total of one closed period. The value only grows;
// receiving an old or repeated value changes nothing.
type Counter struct {
	Period  string       `json:"period"` // "2026-03-12/am", "2026-03-12/pm", "2026-03", or "" when nobody knew the date
	Clock   pass.Quality `json:"clock"`
	Place   string       `json:"place,omitempty"` // empty on monthly counters
	Name    CounterName  `json:"name"`
	Lesson  string       `json:"lesson,omitempty"`
	Item    string       `json:"item,omitempty"` // question, language or display mode
	Outcome string       `json:"outcome,omitempty"`
	Value   uint64       `json:"value"`
	Rev     uint64       `json:"rev"`
}

// CounterName is what a counter counts.
type CounterName string

// The counters. Language and Access are monthly and carry no place, because a
// rare language or display mode in a half-day would point at a person.
const (
	CountSessions     CounterName = "sessions"     // outcome: ended, idle
	CountLessons      CounterName = "lessons"      // outcome: started, finished
	CountParticipants CounterName = "participants" // as the mediator counted them
	CountQuiz         CounterName = "quiz"         // item: question; outcome: right, wrong
	CountLanguage     CounterName = "language"     // item: language tag
	CountAccess       CounterName = "access"       // item: display mode
)

var periodForm = regexp.MustCompile(`^(\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])/(am|pm))?)?$`)

// Check implements [Message].
func (m *Counters) Check() error {
	if m.Log == (pass.LogID{}) || len(m.Counters) == 0 || len(m.Counters) > MaxCounters {
		return malformed("counters")
	}
	for _, c := range m.Counters {
		if c.Rev == 0 || !periodForm.MatchString(c.Period) || !c.Name.known() {
			return malformed("counter")
		}
		if err := short(c.Place, c.Lesson, c.Item, c.Outcome); err != nil {
			return err
		}
	}
	return nil
}

func (n CounterName) known() bool {
	switch n {
	case CountSessions, CountLessons, CountParticipants, CountQuiz, CountLanguage, CountAccess:
		return true
	}
	return false
}

// Telemetry is a sample of a station's health. Losing one is allowed. A zero
// or absent field means "not measured".
type Telemetry struct {
	UptimeSeconds  int64        `json:"uptime_s"`
	Clock          pass.Quality `json:"clock"`
	MemoryTotal    uint64       `json:"memory_total,omitempty"` // bytes
	MemoryFree     uint64       `json:"memory_free,omitempty"`
	DiskTotal      uint64       `json:"disk_total,omitempty"`
	DiskFree       uint64       `json:"disk_free,omitempty"`
	Load1          float64      `json:"load1,omitempty"`
	Celsius        float64      `json:"celsius,omitempty"`
	Undervoltage   bool         `json:"undervoltage,omitempty"`
	BatteryPercent *int         `json:"battery_percent,omitempty"`
	OnBattery      bool         `json:"on_battery,omitempty"`
	BatteryWear    *int         `json:"battery_wear_percent,omitempty"` // capacity lost since new
	OutboxPending  uint64       `json:"outbox_pending"`
	OutboxOldest   int64        `json:"outbox_oldest_s"` // age in seconds of the oldest record not acknowledged
	Readers        []string     `json:"readers,omitempty"`
	Problems       []string     `json:"problems,omitempty"` // short closed names, e.g. "disk_full", "outbox_aside"
	Firmware       []string     `json:"firmware,omitempty"` // files of their makers that drivers miss, at most 16
}

// Check implements [Message].
func (m *Telemetry) Check() error {
	if m.UptimeSeconds < 0 || len(m.Readers) > 16 || len(m.Problems) > 32 || len(m.Firmware) > 16 {
		return malformed("telemetry")
	}
	if err := short(m.Firmware...); err != nil {
		return err
	}
	return short(append(append([]string(nil), m.Readers...), m.Problems...)...)
}

// Reported is the whole state a station has reached.
type Reported struct {
	Version uint64            `json:"version"`           // the [Desired] version it answers, 0 before the first
	Place   string            `json:"place"`             // where the mediator said the station is
	Trust   uint64            `json:"trust"`             // version of the trust snapshot in use
	Release string            `json:"release"`           // what runs
	Status  map[string]uint64 `json:"status,omitempty"`  // "{issuer}/{batch}" → status list version
	Refused []string          `json:"refused,omitempty"` // short closed reasons why something desired was not done
	Base    *BaseState        `json:"base,omitempty"`    // how far it is with the base system; nil: this station cannot change its own
}

// Check implements [Message].
func (m *Reported) Check() error {
	if len(m.Status) > 1024 || len(m.Refused) > 32 {
		return malformed("reported")
	}
	if err := m.Base.check(); err != nil {
		return err
	}
	return short(append([]string{m.Place, m.Release}, m.Refused...)...)
}

func short(fields ...string) error {
	for _, f := range fields {
		if len(f) > 256 {
			return malformed("field too long")
		}
	}
	return nil
}
