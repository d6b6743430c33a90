package redeem

import (
	"slices"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// base holds what every record of an open day says.
func (s Setting) base(kind pass.RecordKind, stamp pass.Stamp) pass.Record {
	return pass.Record{
		V: 1, Kind: kind, Stamp: stamp,
		Structure: s.Structure, SIRET: s.SIRET, Place: s.Place, Card: s.Card,
	}
}

func (s Setting) validation(stamp pass.Stamp, v Verdict) pass.Record {
	r := s.base(pass.Validation, stamp)
	ref := v.Ref
	r.Pass = &ref
	r.Service, r.Posture = s.Service, s.Posture
	r.Keyset, r.Status = v.Keyset, v.Status
	words, _ := Overrides(v.Needs)
	r.Override = JoinOverrides(words)
	r.PaperKept = s.PaperKept || slices.Contains(words, PaperInHand)
	return r
}

func (s Setting) cancellation(stamp pass.Stamp, at pass.Position) pass.Record {
	r := s.base(pass.Cancellation, stamp)
	r.Cancels = &at
	return r
}

func (s Setting) papers(stamp pass.Stamp, papers pass.Papers) pass.Record {
	r := s.base(pass.PaperCount, stamp)
	r.Papers = &papers
	return r
}
