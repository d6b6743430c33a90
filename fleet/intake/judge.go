package intake

import (
	"crypto/ed25519"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// open parses an entry and checks that it says of itself where it is stored.
func open(log Log, seq uint64, e pass.Entry) (pass.Line, error) {
	line, err := e.Open()
	if err != nil {
		return line, disbelief{AlarmJournal}
	}
	if line.Tenant != string(log.Tenant) || line.Station != string(log.Station) || line.Log != log.ID || line.Seq != seq {
		return line, disbelief{AlarmJournal}
	}
	return line, nil
}

// facts is what the fleet knows of a station when it judges its entries.
type facts struct {
	keys  map[uint32]ed25519.PublicKey // by incarnation
	lost  time.Time                    // zero: not declared lost
	boots map[string]wire.BootTime
}

// signed reports whether one of the station's ledger keys made the signature.
// An old incarnation may still send what it recorded.
func (f facts) signed(e pass.Entry) bool {
	for _, key := range f.keys {
		if e.Verify(key) == nil {
			return true
		}
	}
	return false
}

// date works out when a record was made: by its own clock, or by what the
// station said later about that boot. The zero time means nobody knows.
func (f facts) date(s pass.Stamp) (time.Time, pass.Quality) {
	if s.Clock != pass.ClockUnset && s.Clock != "" {
		return s.Wall.UTC(), s.Clock
	}
	b, ok := f.boots[s.Boot]
	if !ok || b.Wall.IsZero() || b.Clock == pass.ClockUnset || b.Clock == "" {
		return time.Time{}, pass.ClockUnset
	}
	return b.Wall.Add(time.Duration(s.Mono-b.Mono) * time.Millisecond).UTC(), b.Clock
}

// afterLoss reports whether a record of a lost station may have been made by
// whoever found it. Nobody knows when: then it may.
func (f facts) afterLoss(at time.Time) bool {
	return !f.lost.IsZero() && (at.IsZero() || !at.Before(f.lost))
}

// judge says what entry e, which follows the entry with hash prev, records.
// The error is a disbelief.
func (b *Believer) judge(log Log, prev pass.Hash, e Evidence, f facts) (Validation, error) {
	line, err := open(log, e.Seq, e.Entry)
	if err != nil {
		return Validation{}, err
	}
	if !f.signed(e.Entry) || line.Prev != prev {
		return Validation{}, disbelief{AlarmJournal}
	}
	r, err := b.read(line)
	if err != nil {
		return Validation{}, err
	}
	v := Validation{Record: r, Received: e.Received}
	v.At, v.Clock = f.date(r.Stamp)
	if f.afterLoss(v.At) {
		return Validation{}, disbelief{AlarmLost}
	}
	if r.Pass != nil && r.Pass.Foreign != "" {
		v.MAC = b.mac(r.Pass.Foreign)
		r.Pass.Foreign = "" // stays sealed, in the evidence
	}
	return v, nil
}

// read unseals a line's record and checks that it was sealed for this place.
func (b *Believer) read(line pass.Line) (pass.Record, error) {
	plain, err := b.Unseal(line.Sealed)
	if err != nil {
		return pass.Record{}, disbelief{AlarmUnreadable}
	}
	r, err := pass.ParseRecord(plain)
	if err != nil {
		return pass.Record{}, disbelief{AlarmUnreadable}
	}
	if r.Tenant != line.Tenant || r.Station != line.Station || r.At != (pass.Position{Log: line.Log, Seq: line.Seq}) {
		return pass.Record{}, disbelief{AlarmJournal}
	}
	return r, nil
}
