package pass_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/mallette-kit/mallette/fleet/pass"
)

var stationKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))

func ownCard() pass.OwnCard {
	return pass.OwnCard{Month: 83, First: 2, Level: 3, Traits: [3]uint8{1, 2, 3}, Themes: 0x80000001, Marks: 0x8001}
}

func signedOwn(tb testing.TB) pass.SignedOwn {
	tb.Helper()
	s, err := ownCard().Sign(stationKey)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestOwnCardIsReadBack(t *testing.T) {
	s := signedOwn(t)
	if n := len(s.Digits()); n != 191 {
		t.Errorf("digits = %d; want 191", n)
	}
	for name, text := range map[string]string{"shown": s.Digits(), "garbled by a French keyboard": garble(s.Digits())} {
		code, err := pass.Read(text)
		if err != nil || code.Kind != pass.KindOwn || code.Own != s {
			t.Errorf("Read(%s) = kind %d, %v; want the card", name, code.Kind, err)
		}
	}
	want := ownCard()
	want.Signer = pass.SignerTag(stationKey.Public().(ed25519.PublicKey))
	if s.Card != want {
		t.Error("signing changed what the card says")
	}
}

func TestAStationKnowsWhatAnotherSigned(t *testing.T) {
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	own := stationKey.Public().(ed25519.PublicKey)
	list := pass.Stations{Version: 1, Tenant: "demo", Keys: []ed25519.PublicKey{other, own}}
	data, err := list.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if list, err = pass.ParseStations(data); err != nil || len(list.Keys) != 2 {
		t.Fatalf("ParseStations = %d keys, %v; want 2", len(list.Keys), err)
	}
	s := signedOwn(t)
	if !list.Signed(s) {
		t.Error("Signed(card of a station) = false; want true")
	}
	s.Card.Level++
	if list.Signed(s) {
		t.Error("Signed(changed card) = true; want false")
	}
	if err := signedOwn(t).Verify(other); !errors.Is(err, pass.ErrKey) {
		t.Errorf("Verify(another's key) = %v; want ErrKey", err)
	}
}

func TestStationsRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"short key": `{"v":1,"version":1,"tenant":"demo","keys":["AAAA"]}`, "no tenant": `{"v":1,"version":1}`, "no version": `{"v":1,"tenant":"demo"}`, "not JSON": `]`,
	} {
		if _, err := pass.ParseStations([]byte(text)); !errors.Is(err, pass.ErrMalformed) {
			t.Errorf("ParseStations(%s) = %v; want ErrMalformed", name, err)
		}
	}
	if _, err := pass.ParseStations([]byte(`{"v":2,"version":1,"tenant":"demo"}`)); !errors.Is(err, pass.ErrVersion) {
		t.Errorf("ParseStations(later) = %v; want ErrVersion", err)
	}
	if _, err := (pass.OwnCard{Level: 6}).Sign(stationKey); !errors.Is(err, pass.ErrMalformed) {
		t.Errorf("Sign(level 6) = %v; want ErrMalformed", err)
	}
}

func FuzzParseStations(f *testing.F) {
	f.Add([]byte(`{"v":1,"version":1,"tenant":"demo","keys":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}`))
	f.Fuzz(func(t *testing.T, data []byte) { stable(t, data, pass.ParseStations, pass.Stations.Encode) })
}
