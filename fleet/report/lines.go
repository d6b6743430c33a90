package report

import (
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Line is one believed validation, for those who may see single ones: the
// operator and the structure that made it. It prints without its serial.
type Line struct {
	Station   wire.Station
	At        pass.Position
	Time      time.Time // zero while nobody knows
	Clock     pass.Quality
	Received  time.Time
	Structure pass.Structure
	Place     string
	Service   string
	Posture   pass.Posture
	Issuer    pass.Issuer // 0: a code of another issuer
	Batch     pass.Batch
	Serial    pass.Serial
	Assurance pass.Assurance
	PaperKept bool
	Override  string
	State     string
	Reason    string
	Statement uint64
}

// String stands for the line in logs and errors.
func (l Line) String() string { return "[validation]" }

// GoString is [Line.String].
func (l Line) GoString() string { return l.String() }

// LineQuery selects, sorts and pages validations. The zero value selects all.
type LineQuery struct {
	Structure pass.Structure // 0: any
	State     string
	Place     string
	Issuer    pass.Issuer
	Batch     pass.Batch
	Foreign   bool // only codes of other issuers
	From      time.Time
	Until     time.Time
	Sort      string // "time", "place", "service", "batch", "state"; "": time
	Desc      bool
	Offset    int
	Limit     int // 0: all
}

// ForeignEntry is a validation of another issuer's pass with the entry that
// holds its sealed code.
type ForeignEntry struct {
	Line
	Entry pass.Entry
}
