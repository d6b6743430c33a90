// Package redeem turns a code that somebody showed into an outcome: accepted,
// refused, or to be confirmed by the mediator. It is one station's word,
// offline; what several stations said is settled by the fleet.
//
// [Decide] is the pure rule: it looks at [Facts] and answers a [Verdict], and
// nothing else happens. [Desk] gathers the facts, decides and writes the
// record, one code at a time: the record is on disk before anything says yes,
// so that a power cut can lose a yes that nobody heard, never double one.
//
// The package never knows whose pass it is, never puts a number or a scanned
// text in an error, and never refuses because the clock is unset.
package redeem

import "github.com/mallette-kit/mallette/fleet/pass"

// Kind is what became of a code.
type Kind string

// The outcomes. Accepted and Tolerated are validations (Tolerated in the weeks
// that an issuer allows after the printed date), Foreign is noted for its own
// issuer to confirm, NeedsMediator waits for a word; the others wrote nothing.
const (
	Accepted      Kind = "accepted"
	Tolerated     Kind = "tolerated"
	Foreign       Kind = "foreign"
	NeedsMediator Kind = "needs_mediator"

	AlreadyUsed  Kind = "already_used"
	Revoked      Kind = "revoked"
	Expired      Kind = "expired"
	UnknownBatch Kind = "unknown_batch"
	NotQualified Kind = "not_qualified"
	Forged       Kind = "forged"
	NeedsCode    Kind = "needs_code" // digits are not enough: show the square code
	Limit        Kind = "limit"      // synchronise before going on
	Unreadable   Kind = "unreadable"
	Mistyped     Kind = "mistyped" // the check digits disagree
	NotAPass     Kind = "not_a_pass"
	WrongStation Kind = "wrong_station"
	NoPasses     Kind = "no_passes" // the structure takes none
	Closed       Kind = "closed"    // no day is open
	Full         Kind = "full"      // the disk is
	Failed       Kind = "failed"    // the ledger did not take the record
)

// Written reports whether the outcome put a record in the ledger.
func (k Kind) Written() bool { return k == Accepted || k == Tolerated || k == Foreign }

// Reason tells more about an outcome, for the mediator only.
type Reason string

// Reasons of a refusal.
const (
	UnknownIssuer Reason = "unknown_issuer"
	UnknownKey    Reason = "unknown_key"
	NotInBatch    Reason = "not_in_batch"
	RevokedKey    Reason = "revoked_key"
	RevokedBatch  Reason = "revoked_batch"
	RevokedPass   Reason = "revoked_pass"
	OldKey        Reason = "old_key"
	Structure     Reason = "structure"
	Service       Reason = "service"
	UsedHere      Reason = "used_here"
	UsedElsewhere Reason = "used_elsewhere"
	SeenToday     Reason = "seen_today"
	DegradedMax   Reason = "degraded_max"
	UnsyncedCap   Reason = "unsynced_cap"
	ListAged      Reason = "list_aged"
)

// Reasons why a pass needs the mediator's word; see [Overrides].
const (
	Suspended     Reason = "suspended"      // the list says: not handed out yet, or disputed
	ExpiryEdge    Reason = "expiry_edge"    // nobody knows the date and the pass may be over
	ListOld       Reason = "list_old"       // the status list is past refusing
	ListMissing   Reason = "list_missing"   // the station has no status list of this batch
	CancelledHere Reason = "cancelled_here" // used according to the list, cancelled according to this ledger
)

// Note is something a mediator should know of a pass that was accepted.
type Note string

// The notes.
const (
	DatesUnverified Note = "dates_unverified"
	InTolerance     Note = "in_tolerance"
	ListStale       Note = "list_stale"
	ListDegraded    Note = "list_degraded"
	Specimen        Note = "specimen"
	OnGenuineList   Note = "on_genuine_list"
)

// Verdict is the answer to one code.
type Verdict struct {
	Kind  Kind
	Why   Reason   // of a refusal, when there is more to say
	Needs []Reason // of NeedsMediator, in the order of the checks
	Notes []Note

	Ref    pass.Ref
	Value  int           // face value in cents
	Used   pass.Position // of AlreadyUsed at this station
	Keyset uint64        // version of what the decision relied on
	Status uint64
}
