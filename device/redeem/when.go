package redeem

import (
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// qualification checks that the batch pays for the service and that the
// structure may give it.
func (t *trial) qualification() bool {
	if !t.manifest.Offers(t.Service) {
		return t.refuse(NotQualified, Service)
	}
	if !t.manifest.Qualified(t.Structure, t.Service, t.knownDay()) {
		return t.refuse(NotQualified, Structure)
	}
	return true
}

// knownDay is the civil day, or zero when nobody stands for the date.
func (t *trial) knownDay() pass.Day {
	if !t.Dated {
		return 0
	}
	return t.today()
}

// dates compares the batch's dates with the civil day at the place. A station
// that does not know the date accepts, says so, and asks the mediator when the
// pass might be over.
func (t *trial) dates() bool {
	if !t.Dated {
		return t.undated()
	}
	switch today := t.today(); {
	case today > t.manifest.ToleranceUntil:
		return t.refuse(Expired, "")
	case today > t.manifest.UseUntil:
		t.note(InTolerance)
	}
	return true
}

// undated takes the earliest day it can be and the longest that a station may
// have been away: a pass that may be over within that time is at the edge.
func (t *trial) undated() bool {
	t.note(DatesUnverified)
	if int(t.today())+t.bounds().RefuseAfterDays > int(t.manifest.UseUntil) {
		t.need(ExpiryEdge)
	}
	return true
}

// bounds are the offline limits of the batch.
func (t *trial) bounds() pass.Limits {
	if t.manifest.Limits == (pass.Limits{}) {
		return pass.DefaultLimits()
	}
	return t.manifest.Limits
}

// listAge is how old the status list is at least.
func (t *trial) listAge(list pass.StatusList) int {
	return int(max(0, t.Now.Sub(list.IssuedAt)) / (24 * time.Hour))
}
