package redeem_test

import (
	"crypto/ed25519"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/fleet/pass"
)

const (
	issuer    pass.Issuer    = 7
	batch     pass.Batch     = 42
	kid       pass.KeyID     = 3
	structure pass.Structure = 11
	series                   = 12
	first     pass.Serial    = 1001
	last      pass.Serial    = 1200
	specimen  pass.Serial    = 1010 // the pass that most tests show
	value                    = 1000
	service                  = "KS-01"
)

// world is what a station may know, and can be asked as redeem.Trust.
type world struct {
	private  ed25519.PrivateKey
	keyset   pass.Keyset
	manifest *pass.Manifest
	status   *pass.StatusList
}

func (w *world) Keyset(i pass.Issuer) (pass.Keyset, bool) { return w.keyset, i == issuer }

func (w *world) Issuers(s uint8) []pass.Issuer {
	if s != series {
		return nil
	}
	return []pass.Issuer{issuer}
}

func (w *world) Manifest(i pass.Issuer, b pass.Batch) (pass.Manifest, bool) {
	if w.manifest == nil || i != issuer || b != batch {
		return pass.Manifest{}, false
	}
	return *w.manifest, true
}

func (w *world) Holding(i pass.Issuer, s pass.Serial) (pass.Manifest, bool) {
	if w.manifest == nil || i != issuer || !w.manifest.Holds(s) {
		return pass.Manifest{}, false
	}
	return *w.manifest, true
}

func (w *world) Status(i pass.Issuer, b pass.Batch) (pass.StatusList, bool) {
	if w.status == nil || i != issuer || b != batch {
		return pass.StatusList{}, false
	}
	return *w.status, true
}

// newWorld is a batch of 2026 in which everything is in order on 12 March.
func newWorld(t testing.TB) *world {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	private := ed25519.NewKeyFromSeed(seed)
	list := pass.NewStatusList(issuer, batch, first, last)
	list.Version, list.IssuedAt = 5, noon(2026, 3, 12)
	return &world{
		private: private,
		keyset: pass.Keyset{V: 1, Version: 2, Issuer: issuer, Series: series, Keys: []pass.Key{{
			ID: kid, Public: private.Public().(ed25519.PublicKey),
			SignFrom: date(2026, 1, 1), SignUntil: date(2026, 12, 31), VerifyUntil: date(2027, 12, 31),
		}}},
		manifest: &pass.Manifest{
			V: 1, Version: 1, Issuer: issuer, Series: series, Batch: batch, FaceValue: value, Year: 2026,
			UseUntil: date(2026, 12, 31), ToleranceUntil: date(2027, 1, 31), PresentBy: date(2027, 2, 28),
			CarnetSize: 10, First: first, Last: last, Services: []string{service, "KS-02"}, Keys: []pass.KeyID{kid},
			Structures: []pass.Qualification{{Structure: structure, Services: []string{service}, From: date(2026, 1, 1), Until: date(2027, 12, 31)}},
			Limits:     pass.DefaultLimits(),
		},
		status: &list,
	}
}

// signed is the pass with a serial, as its square code says it.
func (w *world) signed(t testing.TB, serial pass.Serial) pass.Signed {
	t.Helper()
	p := pass.Payload{Issuer: issuer, Key: kid, Batch: batch, Serial: serial, NotAfter: date(2026, 12, 31)}
	s, err := p.Sign(w.private)
	if err != nil {
		t.Fatalf("sign pass: %v", err)
	}
	return s
}

// facts shows the specimen on 12 March.
func (w *world) facts(t testing.TB) redeem.Facts {
	t.Helper()
	return redeem.Facts{
		Code:  pass.Code{Kind: pass.KindSigned, Signed: w.signed(t, specimen)},
		Trust: w, Structure: structure, Service: service,
		Now: noon(2026, 3, 12), Dated: true, Zone: zone(t, "Europe/Paris"),
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatalf("load zone: %v", err)
	}
	return loc
}

func noon(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, time.UTC) }

func date(y int, m time.Month, d int) pass.Day { return pass.DayOf(noon(y, m, d)) }

func someUse() redeem.Use { return redeem.Use{At: pass.Position{Log: pass.LogID{1}, Seq: 4}} }

func revoke(w *world) {
	on := date(2026, 3, 1)
	w.keyset.Keys[0].RevokedAt = &on
}

func listGenuine(t testing.TB, w *world) {
	w.manifest.Genuine = []string{w.signed(t, specimen).Genuine(), w.signed(t, specimen+1).Genuine()}
	slices.Sort(w.manifest.Genuine)
}
