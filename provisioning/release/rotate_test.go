package release_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/release"
)

func (f *fleet) rootKey(t *testing.T, n int) ed25519.PrivateKey {
	t.Helper()
	return keyOf(t, filepath.Join(f.dir, "offline"), fmt.Sprint("root-", n))
}

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func id(t *testing.T, key ed25519.PrivateKey) string {
	t.Helper()
	name, err := release.KeyID(key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// request asks for a root without a key and with another, and has some sign it.
func (f *fleet) request(t *testing.T, gone, added ed25519.PrivateKey, signers ...ed25519.PrivateKey) []byte {
	t.Helper()
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	request, err := release.RequestRoot(root, []string{id(t, gone)}, []ed25519.PublicKey{added.Public().(ed25519.PublicKey)}, f.now)
	for _, key := range signers {
		if err == nil {
			request, err = release.SignRoot(request, key)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// TestLosingAKey rehearses it: the other two replace the key, stations that have
// been away for years follow, and a second loss is survived in the same way.
func TestLosingAKey(t *testing.T) {
	f := newFleet(t)
	asleep, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	lost, spare, second := f.rootKey(t, 1), newKey(t), newKey(t)
	if err := f.AdoptRoot(f.request(t, lost, spare, f.rootKey(t, 2), f.rootKey(t, 3))); err != nil {
		t.Fatal(err)
	}
	f.reopen(t)
	if err := f.AdoptRoot(f.request(t, f.rootKey(t, 2), second, f.rootKey(t, 3), spare)); err != nil {
		t.Fatal(err)
	}
	f.reopen(t)
	refresh(t, asleep, f.fetch(), f.now)
	checkRead(t, asleep, keyset, "keys")
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	if s, err := release.ReadRoot(root); err != nil || s.Version != 3 || s.Threshold != 2 || len(s.Keys) != 3 || len(s.Signed) != 2 {
		t.Errorf("ReadRoot = %+v, %v; want version 3, 2 of 3, two signatures", s, err)
	}
}

// TestTheftOfAKey rehearses it: alone the thief can do nothing, and once the
// others have replaced the key it counts for nothing at all.
func TestTheftOfAKey(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	refresh(t, c, f.fetch(), f.now)
	stolen, thiefs, spare := f.rootKey(t, 1), newKey(t), newKey(t)
	forged := f.request(t, f.rootKey(t, 2), thiefs, stolen, thiefs)
	if err := f.AdoptRoot(forged); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("AdoptRoot with one key = %v; want ErrUntrusted", err)
	}
	err := c.Refresh(t.Context(), altered{f.fetch(), map[string][]byte{"metadata/2.root.json": forged}}, f.now)
	if !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("Refresh from the thief = %v; want ErrUntrusted", err)
	}
	checkRead(t, c, keyset, "keys")
	if err := f.AdoptRoot(f.request(t, stolen, spare, f.rootKey(t, 2), f.rootKey(t, 3))); err != nil {
		t.Fatal(err)
	}
	refresh(t, c, f.fetch(), f.now)
	late := f.request(t, spare, thiefs, stolen, f.rootKey(t, 2))
	if err := f.AdoptRoot(late); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("AdoptRoot with a stolen key that was replaced = %v; want ErrUntrusted", err)
	}
	checkRead(t, c, keyset, "keys")
}

func TestRootRequestsRefused(t *testing.T) {
	f := newFleet(t)
	root, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	one := id(t, f.rootKey(t, 1))
	for name, retire := range map[string][]string{"a key that is not there": {id(t, newKey(t))}, "no key to lose": {one}} {
		if _, err := release.RequestRoot(root, retire, nil, f.now); !errors.Is(err, release.ErrUntrusted) {
			t.Errorf("RequestRoot(%s) = %v; want ErrUntrusted", name, err)
		}
	}
	request := f.request(t, f.rootKey(t, 1), newKey(t), f.rootKey(t, 2), f.rootKey(t, 3))
	if err := f.AdoptRoot(request); err != nil {
		t.Fatal(err)
	}
	if err := f.AdoptRoot(request); !errors.Is(err, release.ErrStale) {
		t.Errorf("AdoptRoot twice = %v; want ErrStale", err)
	}
	if _, err := release.SignRoot([]byte("{}"), newKey(t)); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("SignRoot({}) = %v; want ErrUntrusted", err)
	}
}
