package redeem

import "slices"

// checks are what a pass goes through, in this order; the first that refuses
// ends it. Reasons for the mediator are collected on the way.
var checks = []func(*trial) bool{
	(*trial).issuer,
	(*trial).signature,
	(*trial).key,
	(*trial).batch,
	(*trial).qualification,
	(*trial).dates,
	(*trial).status,
	(*trial).ledger,
	(*trial).limits,
}

// Decide says what a readable code is worth. It looks at nothing but f.
func Decide(f Facts) Verdict {
	t := trial{Facts: f}
	if !t.kind() {
		return t.Verdict
	}
	for _, check := range checks {
		if !check(&t) {
			return t.Verdict
		}
	}
	return t.conclude()
}

// conclude accepts, unless the mediator's word is missing.
func (t *trial) conclude() Verdict {
	words, liftable := Overrides(t.Needs)
	if !liftable || !covers(t.Overrides, words) {
		return t.as(NeedsMediator)
	}
	if slices.Contains(t.Notes, InTolerance) {
		return t.as(Tolerated)
	}
	return t.as(Accepted)
}

// covers reports whether every word asked for was given.
func covers(given, asked []Override) bool {
	for _, word := range asked {
		if !slices.Contains(given, word) {
			return false
		}
	}
	return true
}
