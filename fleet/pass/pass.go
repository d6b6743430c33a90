// Package pass is what a pass is: its payload and signature, its printed
// forms, the batch it belongs to, the list of what became of it, and the
// ledger record of its validation.
//
// Parties: an issuer prints passes and signs each with a yearly Ed25519 key
// ([Keyset]); a mediator's station checks them with public keys only, so a
// stolen station forges nothing; the fleet settles what stations recorded.
// [Read] tells what somebody showed; [Signed.Verify] and [Number.Valid] say
// whether it is well formed; the rest of the decision is device/redeem's.
//
// Compatibility: passes are paper and paper is for ever. A payload of version
// 1 is read by every later release; new claims need a new version byte.
//
// The package is a leaf (standard library only). It never reads a clock, a
// file or a network, and its errors, logs and String methods never hold a pass
// number or a scanned text.
package pass

// Issuer identifies who issues passes, unique on a fleet server.
type Issuer uint16

// KeyID identifies one signing key of an issuer.
type KeyID uint8

// Batch numbers an issuer's batches; 24 bits travel in the code.
type Batch uint32

// MaxBatch is the largest batch number that fits the code's 24 bits.
const MaxBatch Batch = 1<<24 - 1

// Serial is a pass's place in its issuer's continuous series (the law asks for
// one: CGCT R1611-8).
type Serial uint32

// Structure numbers a body of a tenant that holds workshops; 0 is none.
type Structure uint32

// Quality says how much a time can be trusted.
type Quality string

// Where a time came from, best first. The zero value means unset.
const (
	ClockNTP      Quality = "ntp"
	ClockMediator Quality = "mediator"
	ClockRTC      Quality = "rtc"
	ClockUnset    Quality = "unset"
)

// Posture is who did the work while the service was given.
type Posture string

// The postures that funders tell apart.
const (
	PostureGuide   Posture = "faire_faire"
	PostureWith    Posture = "faire_avec"
	PostureInstead Posture = "faire_a_la_place"
)
