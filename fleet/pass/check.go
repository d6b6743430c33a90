package pass

import (
	"math"
	"strings"
	"unicode/utf8"
)

const maxRecord = MaxSealed - 2<<10 // leaves room for several recipients' stanzas

// Encode returns the record as JSON. It sets V and fails on what
// [ParseRecord] would refuse.
func (r Record) Encode() ([]byte, error) {
	r.V = documentVersion
	if err := r.Check(); err != nil {
		return nil, err
	}
	return encode(r, maxRecord, "record")
}

// ParseRecord reads and checks a record. It fails with [ErrMalformed] or
// [ErrVersion].
func ParseRecord(data []byte) (Record, error) {
	var r Record
	if err := decode(data, maxRecord, &r, "record"); err != nil {
		return Record{}, err
	}
	if err := r.Check(); err != nil {
		return Record{}, err
	}
	return r, nil
}

// Check reports a field that is missing, out of range or of another kind of
// record. It fails with [ErrMalformed] or [ErrVersion].
func (r Record) Check() error {
	if r.V != documentVersion {
		return ErrVersion
	}
	if r.Tenant == "" || r.Station == "" || longest(r.Tenant, r.Station) > 32 || !r.At.valid() {
		return malformed("record")
	}
	if err := r.Stamp.check(); err != nil {
		return err
	}
	if r.SIRET != "" && (len(r.SIRET) != 14 || strings.Trim(r.SIRET, "0123456789") != "") {
		return malformed("siret")
	}
	if longest(r.Place, r.Service) > 64 || !reason(r.Override) {
		return malformed("record text")
	}
	return r.checkKind()
}

func (r Record) checkKind() error {
	if (r.Pass != nil) != (r.Kind == Validation) || (r.Cancels != nil) != (r.Kind == Cancellation) || (r.Papers != nil) != (r.Kind == PaperCount) {
		return malformed("kind of record")
	}
	switch r.Kind {
	case Validation:
		return r.checkValidation()
	case Cancellation:
		return r.checkCancellation()
	case PaperCount:
		return r.Papers.check()
	}
	return malformed("kind of record")
}

func (r Record) checkValidation() error {
	if r.Structure == 0 || r.Service == "" || !r.Posture.known() {
		return malformed("validation")
	}
	return r.Pass.check()
}

func (r Record) checkCancellation() error {
	c := *r.Cancels
	if !c.valid() || c.Log == r.At.Log && c.Seq >= r.At.Seq {
		return malformed("cancellation")
	}
	return nil
}

func (p Position) valid() bool { return p.Log != (LogID{}) && p.Seq > 0 && p.Seq <= math.MaxInt64 }

func (s Stamp) check() error {
	switch s.Clock {
	case ClockNTP, ClockMediator, ClockRTC, ClockUnset:
	default:
		return malformed("clock")
	}
	if (s.Clock == ClockUnset) != s.Wall.IsZero() || s.Boot == "" || len(s.Boot) > 64 || s.Mono < 0 {
		return malformed("stamp")
	}
	return nil
}

func (p Posture) known() bool {
	return p == PostureGuide || p == PostureWith || p == PostureInstead
}

func (f Ref) check() error {
	switch f.Assurance {
	case QRSigned, SerialOnly:
		if f.Issuer == 0 || f.Batch == 0 || f.Batch > MaxBatch || f.Serial == 0 || f.Foreign != "" {
			return malformed("pass")
		}
		return nil
	case ForeignRead:
		n := utf8.RuneCountInString(f.Foreign)
		numbered := f.Issuer != 0 || f.Batch != 0 || f.Serial != 0 || f.Key != 0
		if numbered || n < minForeign || n > maxForeign || !printable(f.Foreign) {
			return malformed("foreign pass")
		}
		return nil
	}
	return malformed("assurance")
}

func (p Papers) check() error {
	if p.Date != "" {
		if _, err := ParseDay(p.Date); err != nil {
			return err
		}
	}
	if min(p.Validated, p.Kept) < 0 || max(p.Validated, p.Kept) > 100_000 {
		return malformed("count of papers")
	}
	return nil
}

func longest(texts ...string) int {
	n := 0
	for _, t := range texts {
		n = max(n, len(t))
	}
	return n
}

// reason reports whether s is a name of the closed list of overrides: lower
// case letters and underscores, so that nobody's words get in.
func reason(s string) bool {
	return len(s) <= 32 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}
