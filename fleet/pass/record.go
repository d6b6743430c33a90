package pass

import "time"

// RecordKind is what a record states.
type RecordKind string

// A validation, its cancellation (until settlement), and the mediator's count
// of kept papers at the end of a day.
const (
	Validation   RecordKind = "validation"
	Cancellation RecordKind = "cancellation"
	PaperCount   RecordKind = "papers"
)

// Assurance is how a pass was read.
type Assurance string

// A signed code, typed or Code 128 digits only, or a code of another issuer.
const (
	QRSigned    Assurance = "qr_signed"
	SerialOnly  Assurance = "serial_only"
	ForeignRead Assurance = "foreign"
)

// Stamp is when something happened as far as the station knew: wall time with
// its quality, and the monotonic clock of its boot to work it out later.
type Stamp struct {
	Wall  time.Time `json:"wall"` // zero when Clock is unset
	Clock Quality   `json:"clock"`
	Boot  string    `json:"boot"`
	Mono  int64     `json:"mono_ms"`
}

// Ref says which pass a record is about. Foreign is set, and the numbers are
// zero, for a code of another issuer.
type Ref struct {
	Assurance Assurance `json:"assurance"`
	Issuer    Issuer    `json:"issuer,omitempty"`
	Batch     Batch     `json:"batch,omitempty"`
	Serial    Serial    `json:"serial,omitempty"`
	Key       KeyID     `json:"kid,omitempty"`
	Foreign   string    `json:"foreign,omitempty"`
}

// Position names an entry: a log and a sequence number in it.
type Position struct {
	Log LogID  `json:"log"`
	Seq uint64 `json:"seq"`
}

// Record is what is sealed into a [Line]. Tenant, Station and At repeat the
// line's own, so that a sealed record cannot be moved to another ledger.
type Record struct {
	V       int        `json:"v"` // 1
	Kind    RecordKind `json:"kind"`
	Tenant  string     `json:"tenant"`
	Station string     `json:"station"`
	At      Position   `json:"at"`
	Stamp   Stamp      `json:"stamp"`

	Pass    *Ref      `json:"pass,omitempty"`    // validation
	Cancels *Position `json:"cancels,omitempty"` // cancellation
	Papers  *Papers   `json:"papers,omitempty"`  // count of papers

	Structure Structure `json:"structure,omitempty"`
	SIRET     string    `json:"siret,omitempty"`
	Place     string    `json:"place,omitempty"`
	Service   string    `json:"service,omitempty"` // catalogue code, e.g. "KS-03"
	Posture   Posture   `json:"posture,omitempty"`
	Card      CardID    `json:"card,omitempty"` // mediator card; 0: opened by PIN
	Keyset    uint64    `json:"keyset_v,omitempty"`
	Status    uint64    `json:"status_v,omitempty"`
	PaperKept bool      `json:"paper_kept,omitempty"`
	Override  string    `json:"override,omitempty"` // closed list: why the mediator accepted in spite of a warning
}

// Papers is the end-of-day count.
type Papers struct {
	Date      string `json:"date"` // civil date of the place, "2026-03-12", or ""
	Validated int    `json:"validated"`
	Kept      int    `json:"kept"`
}
