package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

func TestRequests(t *testing.T) {
	keys, err := identity.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	good, err := identity.Request(keys.TLS)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := identity.ParseRequest(good); err != nil || !key.Equal(&keys.TLS.PublicKey) {
		t.Errorf("ParseRequest = %v, %v; want the key", key, err)
	}
	big, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wrongCurve, err := identity.Request(big)
	if err != nil {
		t.Fatal(err)
	}
	forged := append([]byte(nil), good...)
	forged[len(forged)-1] ^= 1
	for name, der := range map[string][]byte{"nothing": nil, "noise": []byte("noise"), "another curve": wrongCurve, "forged": forged} {
		if _, err := identity.ParseRequest(der); !errors.Is(err, identity.ErrRequest) {
			t.Errorf("ParseRequest(%s) = %v; want ErrRequest", name, err)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	keys, err := identity.NewKeys()
	if err != nil {
		f.Fatal(err)
	}
	der, err := identity.Request(keys.TLS)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, der []byte) {
		if key, err := identity.ParseRequest(der); err == nil && key.Curve != elliptic.P256() {
			t.Errorf("ParseRequest accepted %v", key.Curve)
		}
	})
}

func FuzzNewStation(f *testing.F) {
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}}), []byte("noise"))
	keys, err := identity.NewKeys()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, chain, root []byte) {
		if _, err := identity.NewStation(keys, chain, root, "", "localhost:1"); err == nil {
			t.Error("NewStation accepted a chain for no key of ours")
		}
	})
}

func TestStationIDsAreValid(t *testing.T) {
	for range 100 {
		if id := identity.NewStationID(); !id.Valid() {
			t.Fatalf("NewStationID() = %q; want a valid id", id)
		}
	}
}
