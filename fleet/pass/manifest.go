package pass

import (
	"encoding/base64"
	"log/slog"
	"slices"
)

const (
	// MaxPasses is the largest number of passes in a batch.
	MaxPasses = 1 << 22

	maxManifest = 64 << 20
	maxListed   = 4096 // services, publics, territories, structures, mentions
	genuineSize = 8
)

// Manifest is what a station and the fleet know of a batch. It says nothing
// about persons.
type Manifest struct {
	V              int             `json:"v"` // 1
	Version        uint64          `json:"version"`
	Issuer         Issuer          `json:"issuer"`
	Series         uint8           `json:"series"`
	Batch          Batch           `json:"batch"`
	Commanditaire  string          `json:"commanditaire"`
	FaceValue      int             `json:"face_value"` // cents
	Year           int             `json:"year"`
	UseUntil       Day             `json:"use_until"`       // last day of use
	ToleranceUntil Day             `json:"tolerance_until"` // accepted with a notice until this day
	PresentBy      Day             `json:"present_by"`      // last day to ask for payment
	CarnetSize     int             `json:"carnet_size"`     // passes in a carnet
	First          Serial          `json:"first"`
	Last           Serial          `json:"last"`
	Services       []string        `json:"services,omitempty"`    // catalogue codes; none: every service
	Publics        []string        `json:"publics,omitempty"`     // whom the passes are for
	Territories    []string        `json:"territories,omitempty"` // INSEE or SIREN codes where they are valid
	Structures     []Qualification `json:"structures,omitempty"`  // who may accept them; none: nobody
	Keys           []KeyID         `json:"keys"`                  // keys that signed its passes
	Print          Print           `json:"print"`
	Limits         Limits          `json:"limits"`
	Revoked        bool            `json:"revoked,omitempty"`
	Specimen       bool            `json:"specimen,omitempty"` // worth nothing: training and demonstration
	Genuine        []string        `json:"genuine,omitempty"`  // see [Signed.Genuine]; sorted; only after a key was stolen
}

// Qualification lets a structure accept passes for services in a period.
type Qualification struct {
	Structure Structure `json:"structure"`
	Services  []string  `json:"services,omitempty"` // none: every service of the batch
	From      Day       `json:"from"`
	Until     Day       `json:"until"`
}

// Print is what the law or the issuer wants on the paper.
type Print struct {
	IssuerName    string   `json:"issuer_name"`
	IssuerAddress string   `json:"issuer_address"`
	PublicBody    string   `json:"public_body"`
	Nature        string   `json:"nature"`             // of the services
	Mentions      []string `json:"mentions,omitempty"` // further lines
}

// Limits bounds what a station does while it cannot ask the fleet. A status
// list older than NoteAfterDays gets a note; after DegradedAfterDays at most
// DegradedMax passes a session are accepted and none by its number alone;
// after RefuseAfterDays a mediator's reason and the paper are needed.
// UnsyncedCap bounds the value of validations not yet sent.
type Limits struct {
	NoteAfterDays     int `json:"note_after_days"`
	DegradedAfterDays int `json:"degraded_after_days"`
	RefuseAfterDays   int `json:"refuse_after_days"`
	DegradedMax       int `json:"degraded_max"`
	UnsyncedCap       int `json:"unsynced_cap"` // cents
}

// DefaultLimits returns the limits of a batch whose issuer chose none.
func DefaultLimits() Limits {
	return Limits{NoteAfterDays: 3, DegradedAfterDays: 14, RefuseAfterDays: 45, DegradedMax: 15, UnsyncedCap: 60_000}
}

// ParseManifest reads and checks a manifest. It fails with [ErrMalformed] or
// [ErrVersion].
func ParseManifest(data []byte) (Manifest, error) {
	var m Manifest
	if err := decode(data, maxManifest, &m, "manifest"); err != nil {
		return Manifest{}, err
	}
	if err := m.Check(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// Encode returns the manifest as JSON. It sets V and fails on what
// [ParseManifest] would refuse.
func (m Manifest) Encode() ([]byte, error) {
	m.V = documentVersion
	if err := m.Check(); err != nil {
		return nil, err
	}
	return encode(m, maxManifest, "manifest")
}

// Holds reports whether a serial belongs to the batch.
func (m Manifest) Holds(s Serial) bool { return s >= m.First && s <= m.Last }

// Size returns the number of passes.
func (m Manifest) Size() int { return int(m.Last-m.First) + 1 }

// Carnet returns the number of the carnet that holds a serial, from 1; 0 when
// the batch does not hold it.
func (m Manifest) Carnet(s Serial) int {
	if !m.Holds(s) || m.CarnetSize < 1 {
		return 0
	}
	return int(s-m.First)/m.CarnetSize + 1
}

// Carnets returns the number of carnets.
func (m Manifest) Carnets() int { return m.Carnet(m.Last) }

// Offers reports whether the batch pays for a service.
func (m Manifest) Offers(service string) bool {
	return len(m.Services) == 0 || slices.Contains(m.Services, service)
}

// Qualified reports whether a structure may accept passes of this batch for a
// service on a day. On the zero Day nobody knows the date, and a qualification
// of any period counts.
func (m Manifest) Qualified(by Structure, service string, on Day) bool {
	if !m.Offers(service) {
		return false
	}
	return slices.ContainsFunc(m.Structures, func(q Qualification) bool { return q.covers(by, service, on) })
}

func (q Qualification) covers(by Structure, service string, on Day) bool {
	return q.Structure == by && (on == 0 || on >= q.From && on <= q.Until) &&
		(len(q.Services) == 0 || slices.Contains(q.Services, service))
}

// IsGenuine reports whether a pass is in the list of genuine passes, which
// says more than its signature once the key was stolen.
func (m Manifest) IsGenuine(s Signed) bool {
	_, found := slices.BinarySearch(m.Genuine, s.Genuine())
	return found
}

// LogValue implements [slog.LogValuer]; serials stay out of logs.
func (m Manifest) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("issuer", int(m.Issuer)), slog.Int("batch", int(m.Batch)), slog.Uint64("version", m.Version))
}

// Check reports what [ParseManifest] and [Manifest.Encode] would refuse. It
// fails with [ErrMalformed] or [ErrVersion].
func (m Manifest) Check() error {
	if m.V != documentVersion {
		return ErrVersion
	}
	if m.Version == 0 || m.Issuer == 0 || m.Batch == 0 || m.Batch > MaxBatch || m.Series < 1 || m.Series > maxSeries {
		return malformed("manifest")
	}
	if m.First == 0 || m.First > m.Last || m.Last-m.First >= MaxPasses || m.CarnetSize < 1 || m.CarnetSize > 1000 {
		return malformed("serials")
	}
	if m.UseUntil > m.ToleranceUntil || m.ToleranceUntil > m.PresentBy {
		return malformed("dates")
	}
	if m.FaceValue < 0 || m.FaceValue > 100_000_00 || m.Year < 0 || m.Year > 9999 {
		return malformed("value or year")
	}
	return m.checkLists()
}

func (m Manifest) checkLists() error {
	if max(len(m.Services), len(m.Publics), len(m.Territories), len(m.Structures), len(m.Print.Mentions)) > maxListed {
		return malformed("too long a list")
	}
	if len(m.Keys) == 0 || len(m.Keys) > maxKeys || len(m.Genuine) > m.Size() {
		return malformed("keys")
	}
	for _, q := range m.Structures {
		if q.Structure == 0 || q.From > q.Until || len(q.Services) > maxListed {
			return malformed("qualification")
		}
	}
	if err := m.checkTexts(); err != nil {
		return err
	}
	if err := m.Limits.check(); err != nil {
		return err
	}
	return checkGenuine(m.Genuine)
}

func (m Manifest) checkTexts() error {
	p := m.Print
	texts := slices.Concat(m.Services, m.Publics, m.Territories, p.Mentions,
		[]string{m.Commanditaire, p.IssuerName, p.IssuerAddress, p.PublicBody, p.Nature})
	if slices.ContainsFunc(texts, func(t string) bool { return len(t) > 4*maxText }) {
		return malformed("too long a text")
	}
	return nil
}

func (l Limits) check() error {
	if l.NoteAfterDays < 0 || l.DegradedAfterDays < l.NoteAfterDays || l.RefuseAfterDays < l.DegradedAfterDays ||
		l.DegradedMax < 0 || l.UnsyncedCap < 0 {
		return malformed("limits")
	}
	return nil
}

func checkGenuine(list []string) error {
	for i, g := range list {
		b, err := base64.RawURLEncoding.DecodeString(g)
		if err != nil || len(b) != genuineSize || i > 0 && list[i-1] >= g {
			return malformed("list of genuine passes")
		}
	}
	return nil
}
