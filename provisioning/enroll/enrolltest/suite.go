package enrolltest

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

const (
	tenant  wire.Tenant  = "nancy"
	station wire.Station = "saaaaaaaaaaaaaaaa"
)

var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// Conform runs the promises of [enroll.Registry] against what open returns, an
// empty registry in which tenant "nancy" and kit "kit-1" may be used.
func Conform(t *testing.T, open func(t *testing.T) enroll.Registry) {
	for name, promise := range map[string]func(*testing.T, enroll.Registry){
		"unknown things are not found":       unknown,
		"a token is kept":                    tokenKept,
		"an admission is kept whole":         admissionKept,
		"a token admits once":                tokenOnce,
		"one of many admissions wins":        oneWins,
		"incarnations follow each other":     incarnations,
		"a refused admission leaves nothing": refusedWhole,
		"a renewal is of this incarnation":   renewals,
	} {
		t.Run(name, func(t *testing.T) { promise(t, open(t)) })
	}
}

func token(n byte) enroll.Token {
	return enroll.Token{Hash: enroll.Hash{n}, Tenant: tenant, Kit: "kit-1", Expires: noon.Add(time.Hour)}
}

// admission uses token n for an incarnation; its key and serial follow n.
func admission(n byte, incarnation uint32) enroll.Admission {
	return enroll.Admission{
		Token: enroll.Hash{n}, Key: enroll.Hash{100, n}, Answer: []byte{n}, At: noon,
		Station: enroll.Station{
			Tenant: tenant, ID: station, Incarnation: incarnation, Kit: "kit-1", Hardware: "board-7", Model: "Essai",
			Ledger: bytes.Repeat([]byte{n}, ed25519.PublicKeySize),
		},
		Certificate: certificate(string([]byte{'a', 'a' + n}), incarnation),
	}
}

func certificate(serial string, incarnation uint32) enroll.Certificate {
	return enroll.Certificate{
		Serial: serial, Tenant: tenant, Station: station, Incarnation: incarnation,
		NotBefore: noon, NotAfter: noon.AddDate(1, 0, 0),
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s = %v; want %v", what, got, want)
	}
}

func unknown(t *testing.T, r enroll.Registry) {
	_, err := r.Token(t.Context(), enroll.Hash{9})
	wantError(t, "Token", err, enroll.ErrNotFound)
	_, err = r.Station(t.Context(), tenant, station)
	wantError(t, "Station", err, enroll.ErrNotFound)
	_, err = r.StationByHardware(t.Context(), tenant, "kit-1", "board-7")
	wantError(t, "StationByHardware", err, enroll.ErrNotFound)
	_, err = r.Certificate(t.Context(), "aa")
	wantError(t, "Certificate", err, enroll.ErrNotFound)
}

func tokenKept(t *testing.T, r enroll.Registry) {
	want := token(1)
	want.Claims = station
	must(t, r.AddToken(t.Context(), want))
	got, err := r.Token(t.Context(), want.Hash)
	if err != nil || got.Tenant != want.Tenant || got.Kit != want.Kit || got.Claims != want.Claims ||
		!got.Expires.Equal(want.Expires) || got.Used() || got.Revoked {
		t.Errorf("Token = %+v, %v; want %+v", got, err, want)
	}
}

func admissionKept(t *testing.T, r enroll.Registry) {
	must(t, r.AddToken(t.Context(), token(1)))
	a := admission(1, 1)
	must(t, r.Admit(t.Context(), a))
	if got, err := r.Token(t.Context(), a.Token); err != nil || got.Key != a.Key || !bytes.Equal(got.Answer, a.Answer) {
		t.Errorf("Token = %+v, %v; want key and answer of %+v", got, err, a)
	}
	for name, read := range map[string]func() (enroll.Station, error){
		"Station":           func() (enroll.Station, error) { return r.Station(t.Context(), tenant, station) },
		"StationByHardware": func() (enroll.Station, error) { return r.StationByHardware(t.Context(), tenant, "kit-1", "board-7") },
	} {
		if got, err := read(); err != nil || got.ID != station || got.Incarnation != 1 || got.Kit != "kit-1" || !got.Ledger.Equal(a.Station.Ledger) {
			t.Errorf("%s = %+v, %v; want %+v", name, got, err, a.Station)
		}
	}
	if _, err := r.StationByHardware(t.Context(), tenant, "kit-2", "board-7"); !errors.Is(err, enroll.ErrNotFound) {
		t.Errorf("StationByHardware(another kit) = %v; want ErrNotFound", err)
	}
	checkCertificate(t, r, a.Certificate, false)
}

func checkCertificate(t *testing.T, r enroll.Registry, want enroll.Certificate, revoked bool) {
	t.Helper()
	got, err := r.Certificate(t.Context(), want.Serial)
	if err != nil || got.Station != want.Station || got.Tenant != want.Tenant || got.Incarnation != want.Incarnation ||
		!got.NotAfter.Equal(want.NotAfter) || got.Revoked != revoked {
		t.Errorf("Certificate(%s) = %+v, %v; want %+v, revoked %v", want.Serial, got, err, want, revoked)
	}
}

func tokenOnce(t *testing.T, r enroll.Registry) {
	must(t, r.AddToken(t.Context(), token(1)))
	must(t, r.Admit(t.Context(), admission(1, 1)))
	again := admission(1, 2)
	again.Certificate.Serial = "bb"
	wantError(t, "Admit(used token)", r.Admit(t.Context(), again), enroll.ErrConflict)
	wantError(t, "Admit(no token)", r.Admit(t.Context(), admission(8, 2)), enroll.ErrConflict)
}

func oneWins(t *testing.T, r enroll.Registry) {
	must(t, r.AddToken(t.Context(), token(1)))
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			a := admission(1, 1)
			a.Key, a.Certificate.Serial = enroll.Hash{byte(i + 1)}, string([]byte{'c', byte('a' + i)})
			errs[i] = r.Admit(t.Context(), a)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantError(t, "Admit", err, enroll.ErrConflict)
	}
	if won != 1 {
		t.Errorf("admissions = %d; want 1", won)
	}
}

func incarnations(t *testing.T, r enroll.Registry) {
	for n := byte(1); n <= 4; n++ {
		must(t, r.AddToken(t.Context(), token(n)))
	}
	must(t, r.Admit(t.Context(), admission(1, 1)))
	wantError(t, "Admit(first again)", r.Admit(t.Context(), admission(2, 1)), enroll.ErrConflict)
	wantError(t, "Admit(one skipped)", r.Admit(t.Context(), admission(2, 3)), enroll.ErrConflict)
	must(t, r.Admit(t.Context(), admission(2, 2)))
	got, err := r.Station(t.Context(), tenant, station)
	if err != nil || got.Incarnation != 2 || !got.Ledger.Equal(admission(2, 2).Station.Ledger) {
		t.Errorf("Station = %+v, %v; want incarnation 2", got, err)
	}
	checkCertificate(t, r, admission(1, 1).Certificate, true)
	checkCertificate(t, r, admission(2, 2).Certificate, false)
}

func refusedWhole(t *testing.T, r enroll.Registry) {
	must(t, r.AddToken(t.Context(), token(1)))
	wantError(t, "Admit(no first)", r.Admit(t.Context(), admission(1, 2)), enroll.ErrConflict)
	if got, err := r.Token(t.Context(), enroll.Hash{1}); err != nil || got.Used() {
		t.Errorf("Token = %+v, %v; want unused", got, err)
	}
	_, err := r.Certificate(t.Context(), admission(1, 2).Certificate.Serial)
	wantError(t, "Certificate", err, enroll.ErrNotFound)
	must(t, r.Admit(t.Context(), admission(1, 1)))
}

func renewals(t *testing.T, r enroll.Registry) {
	wantError(t, "AddCertificate(no station)", r.AddCertificate(t.Context(), certificate("dd", 1)), enroll.ErrNotFound)
	must(t, r.AddToken(t.Context(), token(1)))
	must(t, r.Admit(t.Context(), admission(1, 1)))
	must(t, r.AddCertificate(t.Context(), certificate("dd", 1)))
	checkCertificate(t, r, certificate("dd", 1), false)
	checkCertificate(t, r, admission(1, 1).Certificate, false)
	wantError(t, "AddCertificate(next)", r.AddCertificate(t.Context(), certificate("ee", 2)), enroll.ErrConflict)
}
