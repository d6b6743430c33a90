package registry

import (
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// MaxTokenLife is how long an enrolment token may be good for.
const MaxTokenLife = 90 * 24 * time.Hour

// Token lets one machine become a station of a kit, once, before Expires. What
// a machine presents is made by provisioning/enroll; this is what lists show.
type Token struct {
	Hash    string // of the secret
	Kit     string
	Claims  wire.Station // the old identity it gives back; "": a new one
	Created time.Time
	Expires time.Time
	Revoked bool
	Used    time.Time // zero: not used
	UsedBy  wire.Station
}

// Open reports whether the token can still be used at now.
func (t Token) Open(now time.Time) bool {
	return t.Used.IsZero() && !t.Revoked && now.Before(t.Expires)
}
