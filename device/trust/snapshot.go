package trust

import (
	"slices"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// Lot names a batch among all issuers.
type Lot struct {
	Issuer pass.Issuer
	Batch  pass.Batch
}

// Snapshot is what a station believes at one moment. It never changes, and
// its maps must not be changed.
type Snapshot struct {
	Keysets    map[pass.Issuer]pass.Keyset
	Manifests  map[Lot]pass.Manifest
	Statuses   map[Lot]pass.StatusList
	Cards      pass.Cards        // zero when the fleet has published none
	Stations   pass.Stations     // the other stations of the tenant, by their keys
	Lessons    wire.Lessons      // packs that the fleet lists
	Books      wire.Books        // and books
	Cycles     map[string][]byte // cycles of lessons, by identifier, as they were signed
	Contact    release.Contact   // where the fleet is; zero when it has not said
	Recipients []string          // age recipients, to whom records are sealed

	Version  uint64    // of what the tenant published; rises; 0: nothing yet
	SignedAt time.Time // when the fleet last signed that this is the newest
	Damaged  []string  // targets that could not be used, to be reported

	problems []error
	batches  map[pass.Issuer][]pass.Manifest // by first serial
}

func newSnapshot() *Snapshot {
	return &Snapshot{
		Keysets: map[pass.Issuer]pass.Keyset{}, Manifests: map[Lot]pass.Manifest{}, Statuses: map[Lot]pass.StatusList{}, Cycles: map[string][]byte{},
		batches: map[pass.Issuer][]pass.Manifest{},
	}
}

func (s *Snapshot) same(o *Snapshot) bool {
	return s.Version == o.Version && s.Contact.Equal(o.Contact) && s.SignedAt.Equal(o.SignedAt) && slices.Equal(s.Damaged, o.Damaged)
}

// Keyset returns an issuer's keys.
func (s *Snapshot) Keyset(i pass.Issuer) (pass.Keyset, bool) {
	k, ok := s.Keysets[i]
	return k, ok
}

// Issuers lists the issuers that print numbers of a series, in order.
func (s *Snapshot) Issuers(series uint8) []pass.Issuer {
	var found []pass.Issuer
	for i, k := range s.Keysets {
		if k.Series == series {
			found = append(found, i)
		}
	}
	slices.Sort(found)
	return found
}

// Manifest returns a batch.
func (s *Snapshot) Manifest(i pass.Issuer, b pass.Batch) (pass.Manifest, bool) {
	m, ok := s.Manifests[Lot{i, b}]
	return m, ok
}

// Holding returns the issuer's batch that a serial number belongs to.
func (s *Snapshot) Holding(i pass.Issuer, serial pass.Serial) (pass.Manifest, bool) {
	for _, m := range s.batches[i] {
		if m.Holds(serial) {
			return m, true
		}
	}
	return pass.Manifest{}, false
}

// Status returns a batch's status list. Its IssuedAt is when the fleet last
// signed that it is the newest list, which may be after the list was made: a
// list that nothing happened to does not age while the station keeps in touch.
func (s *Snapshot) Status(i pass.Issuer, b pass.Batch) (pass.StatusList, bool) {
	l, ok := s.Statuses[Lot{i, b}]
	return l, ok
}

// StatusVersions returns the version of each status list under the name
// "{issuer}/{batch}", as the station reports it.
func (s *Snapshot) StatusVersions() map[string]uint64 {
	versions := map[string]uint64{}
	for lot, l := range s.Statuses {
		versions[lot.String()] = l.Version
	}
	return versions
}
