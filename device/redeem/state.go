package redeem

import "github.com/mallette-kit/mallette/fleet/pass"

// status looks the pass up in the list that the fleet publishes.
func (t *trial) status() bool {
	list, ok := t.Trust.Status(t.Ref.Issuer, t.Ref.Batch)
	if !ok {
		t.need(ListMissing)
		return t.signed() || t.refuse(NeedsCode, ListMissing)
	}
	t.Status = list.Version
	switch list.Get(t.Ref.Serial) {
	case pass.Invalid:
		return t.refuse(Revoked, RevokedPass)
	case pass.Suspended:
		t.need(Suspended)
	case pass.Redeemed:
		return t.redeemed()
	}
	return true
}

// redeemed tells a pass that was used elsewhere from one that this very
// station validated and cancelled, which the list may not know yet.
func (t *trial) redeemed() bool {
	if t.Use.At == (pass.Position{}) {
		return t.refuse(AlreadyUsed, UsedElsewhere)
	}
	if t.Use.Cancelled {
		t.need(CancelledHere)
	}
	return true
}

// ledger looks for a validation at this station.
func (t *trial) ledger() bool {
	if t.Use.At == (pass.Position{}) || t.Use.Cancelled {
		return true
	}
	t.Used = t.Use.At
	return t.refuse(AlreadyUsed, UsedHere)
}

// limits bounds what a station that has not heard from the fleet may accept.
func (t *trial) limits() bool {
	bounds := t.bounds()
	if t.Unsynced+t.Value > bounds.UnsyncedCap {
		return t.refuse(Limit, UnsyncedCap)
	}
	list, ok := t.Trust.Status(t.Ref.Issuer, t.Ref.Batch)
	if !ok {
		return t.degraded(bounds)
	}
	switch age := t.listAge(list); {
	case age > bounds.RefuseAfterDays:
		t.need(ListOld)
		return t.degraded(bounds)
	case age > bounds.DegradedAfterDays:
		return t.degraded(bounds)
	case age > bounds.NoteAfterDays:
		t.note(ListStale)
	}
	return true
}

// degraded goes on with a list that is too old to be trusted alone: signed
// codes only, and few of them.
func (t *trial) degraded(bounds pass.Limits) bool {
	t.note(ListDegraded)
	if !t.signed() {
		return t.refuse(NeedsCode, ListAged)
	}
	if t.Facts.Degraded >= bounds.DegradedMax {
		return t.refuse(Limit, DegradedMax)
	}
	return true
}
