package redeem

import (
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// Trust is what the station has verified about issuers and batches: a
// snapshot that does not change while a decision is taken.
type Trust interface {
	// Keyset returns an issuer's keys.
	Keyset(pass.Issuer) (pass.Keyset, bool)
	// Issuers lists the issuers that print numbers of a series.
	Issuers(series uint8) []pass.Issuer
	// Manifest returns a batch.
	Manifest(pass.Issuer, pass.Batch) (pass.Manifest, bool)
	// Holding returns the issuer's batch that a serial number belongs to.
	Holding(pass.Issuer, pass.Serial) (pass.Manifest, bool)
	// Status returns a batch's status list.
	Status(pass.Issuer, pass.Batch) (pass.StatusList, bool)
}

// Use is what the ledger of this station says about a pass.
type Use struct {
	At        pass.Position // of the validation; zero when there is none
	Cancelled bool
}

// Facts is everything a decision looks at.
type Facts struct {
	Code  pass.Code
	Trust Trust

	// Structure and Service are those of the open day.
	Structure pass.Structure
	Service   string

	// Now is the best time the station knows, and Dated whether that is a
	// date somebody stands for. When it is not, Now is only "not before".
	Now   time.Time
	Dated bool
	Zone  *time.Location // civil time of the place

	Use      Use // of the pass that [Locate] finds, by this station's ledger
	Degraded int // passes accepted today on a degraded list
	Unsynced int // cents in the ledger that the fleet has not stored

	Overrides []Override // the mediator's word, if she gave it
}

// Locate says which pass a code claims to be: what a signed code carries, the
// batch that a printed number falls in, or the code of another issuer. It
// returns false for a card and for numbers of no known batch.
func Locate(trust Trust, code pass.Code) (pass.Ref, bool) {
	switch code.Kind {
	case pass.KindSigned:
		p := code.Signed.Payload
		return pass.Ref{Assurance: pass.QRSigned, Issuer: p.Issuer, Batch: p.Batch, Serial: p.Serial, Key: p.Key}, true
	case pass.KindNumber:
		return locateNumber(trust, code.Number)
	case pass.KindForeign:
		return pass.Ref{Assurance: pass.ForeignRead, Foreign: code.Foreign}, true
	}
	return pass.Ref{}, false
}

func locateNumber(trust Trust, n pass.Number) (pass.Ref, bool) {
	for _, issuer := range trust.Issuers(n.Series) {
		if m, ok := trust.Holding(issuer, n.Serial); ok {
			return pass.Ref{Assurance: pass.SerialOnly, Issuer: issuer, Batch: m.Batch, Serial: n.Serial}, true
		}
	}
	return pass.Ref{}, false
}

// today is the civil day at the place.
func (f Facts) today() pass.Day { return pass.DayOf(f.Now.In(f.Zone)) }
