package intake

import (
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Alarm is a reason for a person to look at a station. The list is closed.
type Alarm string

// The alarms.
const (
	// AlarmJournal: an entry is not the one that followed, or not signed by
	// the station ("journal altéré").
	AlarmJournal Alarm = "journal"
	// AlarmGap: entries are missing and have not come for a long time.
	AlarmGap Alarm = "gap"
	// AlarmUnreadable: a signed entry holds no record that the fleet can read.
	AlarmUnreadable Alarm = "unreadable"
	// AlarmLost: the station was declared lost and made records after that.
	AlarmLost Alarm = "lost"
	// AlarmMalformed: a message is not what its topic promises.
	AlarmMalformed Alarm = "malformed"
)

// Log names a ledger of a station.
type Log struct {
	Tenant  wire.Tenant
	Station wire.Station
	ID      pass.LogID
}

// Quarantined is something received and not believed, kept for a person, with
// the alarm to raise.
type Quarantined struct {
	Tenant  wire.Tenant
	Station wire.Station
	Kind    wire.Kind // of the message it came in
	Alarm   Alarm
	Log     pass.LogID // zero when nobody can tell
	Seq     uint64
	Payload []byte
}

// Pending is a log with evidence that nobody has judged yet: the entries
// after Believed up to Acked.
type Pending struct {
	Log
	Believed uint64
	Hash     pass.Hash // of the entry Believed
	Acked    uint64
}

// Evidence is one stored entry.
type Evidence struct {
	Seq      uint64
	Entry    pass.Entry
	Received time.Time
}

// Validation is a believed record about a pass, dated as well as the fleet can.
type Validation struct {
	Record   pass.Record
	MAC      string    // of a foreign code; empty otherwise
	At       time.Time // zero while nobody knows
	Clock    pass.Quality
	Received time.Time
}

// Belief is what the fleet made of the entries of a log up to Seq. It is
// stored as a whole.
type Belief struct {
	Log
	Seq         uint64
	Hash        pass.Hash // of the entry Seq
	Validations []Validation
	Papers      []Validation // records that count papers
	Quarantined []Quarantined
}
