package trust

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// String returns the lot as "{issuer}/{batch}".
func (l Lot) String() string { return fmt.Sprintf("%d/%d", l.Issuer, l.Batch) }

// errMisplaced says that a document is not about what its target's name says.
var errMisplaced = errors.New("document under another's name")

// read builds a snapshot of everything the client holds.
func read(c *release.Client, tenant wire.Tenant) *Snapshot {
	s := newSnapshot()
	s.Version, s.SignedAt = c.Version(), c.SignedTime()
	if err := c.Problem(); err != nil {
		s.damaged("metadata", err)
	}
	for _, name := range c.Targets(release.Prefix(tenant)) {
		if release.OnDemand(name) {
			continue
		}
		content, err := c.Read(name)
		if err == nil {
			err = s.take(strings.TrimPrefix(name, release.Prefix(tenant)), content)
		}
		if err != nil {
			s.damaged(name, err)
		}
	}
	s.readContact(c)
	s.sortBatches()
	return s
}

// readContact reads where the fleet is, if it said so.
func (s *Snapshot) readContact(c *release.Client) {
	content, err := c.Read(release.ContactTarget)
	if err == nil {
		s.Contact, err = release.ParseContact(content)
	}
	if err != nil && !errors.Is(err, release.ErrNotFound) {
		s.damaged(release.ContactTarget, err)
	}
}

func (s *Snapshot) damaged(name string, err error) {
	s.Damaged = append(s.Damaged, name)
	s.problems = append(s.problems, fmt.Errorf("%s: %w", name, err))
}

// take reads one document by the kind its name says. Kinds of a later release
// are left alone.
func (s *Snapshot) take(name string, content []byte) error {
	var lot Lot
	switch {
	case name == "cards.json":
		return s.takeCards(content)
	case name == "stations.json":
		return s.takeStations(content)
	case name == wire.LessonsTarget:
		return s.takeLessons(content)
	case name == wire.BooksTarget:
		return s.takeBooks(content)
	case strings.HasPrefix(name, wire.CyclesFolder+"/"):
		return s.takeCycle(name, content)
	case name == "seal.json":
		return s.takeSeal(content)
	case named(name, "issuer-%d/keyset.json", &lot.Issuer):
		return s.takeKeyset(lot.Issuer, content)
	case named(name, "issuer-%d/batch-%d.json", &lot.Issuer, &lot.Batch):
		return s.takeManifest(lot, content)
	case named(name, "issuer-%d/status-%d.json", &lot.Issuer, &lot.Batch):
		return s.takeStatus(lot, content)
	}
	return nil
}

// named reports whether name is exactly what form prints for the numbers it
// reads.
func named(name, form string, numbers ...any) bool {
	if n, err := fmt.Sscanf(name, form, numbers...); err != nil || n != len(numbers) {
		return false
	}
	values := make([]any, len(numbers))
	for i, p := range numbers {
		switch p := p.(type) {
		case *pass.Issuer:
			values[i] = *p
		case *pass.Batch:
			values[i] = *p
		}
	}
	return fmt.Sprintf(form, values...) == name
}

func (s *Snapshot) takeKeyset(i pass.Issuer, content []byte) error {
	k, err := pass.ParseKeyset(content)
	if err == nil && k.Issuer != i {
		err = errMisplaced
	}
	if err == nil {
		s.Keysets[i] = k
	}
	return err
}

func (s *Snapshot) takeManifest(lot Lot, content []byte) error {
	m, err := pass.ParseManifest(content)
	if err == nil && (Lot{m.Issuer, m.Batch}) != lot {
		err = errMisplaced
	}
	if err == nil {
		s.Manifests[lot] = m
	}
	return err
}

func (s *Snapshot) takeStatus(lot Lot, content []byte) error {
	l, err := pass.ParseStatusList(content)
	if err == nil && (Lot{l.Issuer, l.Batch}) != lot {
		err = errMisplaced
	}
	if err != nil {
		return err
	}
	if s.SignedAt.After(l.IssuedAt) {
		l.IssuedAt = s.SignedAt
	}
	s.Statuses[lot] = l
	return nil
}

func (s *Snapshot) takeCards(content []byte) (err error) {
	s.Cards, err = pass.ParseCards(content)
	return err
}

// maxRecipients is more keys than a fleet ever seals to.
const maxRecipients = 16

func (s *Snapshot) takeStations(content []byte) (err error) {
	s.Stations, err = pass.ParseStations(content)
	return err
}

func (s *Snapshot) takeSeal(content []byte) error {
	var doc struct {
		Recipients []string `json:"recipients"`
	}
	if err := json.Unmarshal(content, &doc); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	if len(doc.Recipients) == 0 || len(doc.Recipients) > maxRecipients {
		return errors.New("seal: no recipients, or too many")
	}
	if _, err := age.ParseRecipients(strings.NewReader(strings.Join(doc.Recipients, "\n"))); err != nil {
		return errors.New("seal: not an age recipient")
	}
	s.Recipients = doc.Recipients
	return nil
}

func (s *Snapshot) sortBatches() {
	byFirst := func(a, b pass.Manifest) int { return cmp.Compare(a.First, b.First) }
	for _, m := range slices.SortedFunc(maps.Values(s.Manifests), byFirst) {
		s.batches[m.Issuer] = append(s.batches[m.Issuer], m)
	}
}
