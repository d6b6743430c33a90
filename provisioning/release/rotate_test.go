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
	return f.ask(t, release.Change{RetireRoot: []string{id(t, gone)}, AddRoot: []ed25519.PublicKey{public(added)}}, false, signers...)
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// ask prepares a change, with next keys of the server's or without, and has some
// sign it, each from the file that the one before left.
func (f *fleet) ask(t *testing.T, c release.Change, fresh bool, signers ...ed25519.PrivateKey) []byte {
	t.Helper()
	standing, err := f.Standing(fresh)
	if err != nil {
		t.Fatal(err)
	}
	q, err := release.NewRequest(standing, c, f.now)
	if err != nil {
		t.Fatal(err)
	}
	text := encode(t, q)
	for _, key := range signers {
		if q, err = release.ParseRequest(text); err == nil {
			q, err = q.Sign(key)
		}
		if err != nil {
			t.Fatal(err)
		}
		text = encode(t, q)
	}
	return text
}

// forge is a request by somebody who does not mind which keys count: those of an
// earlier root sign.
func (f *fleet) forge(t *testing.T, c release.Change, before []byte, signers ...ed25519.PrivateKey) []byte {
	t.Helper()
	q, err := release.ParseRequest(f.ask(t, c, false))
	if err != nil {
		t.Fatal(err)
	}
	q.Before = before
	for _, key := range signers {
		if q, err = q.Sign(key); err != nil {
			t.Fatal(err)
		}
	}
	return encode(t, q)
}

func encode(t *testing.T, q release.Request) []byte {
	t.Helper()
	text, err := q.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func rootOf(t *testing.T, request []byte) []byte {
	t.Helper()
	q, err := release.ParseRequest(request)
	if err != nil {
		t.Fatal(err)
	}
	return q.Root
}

// TestLosingAKey rehearses it: the other two replace the key, stations that have
// been away for years follow, and a second loss is survived in the same way.
func TestLosingAKey(t *testing.T) {
	f := newFleet(t)
	asleep, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	lost, spare, second := f.rootKey(t, 1), newKey(t), newKey(t)
	if err := f.AdoptRequest(f.request(t, lost, spare, f.rootKey(t, 2), f.rootKey(t, 3))); err != nil {
		t.Fatal(err)
	}
	f.reopen(t)
	if err := f.AdoptRequest(f.request(t, f.rootKey(t, 2), second, f.rootKey(t, 3), spare)); err != nil {
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
	before, err := f.Root()
	if err != nil {
		t.Fatal(err)
	}
	forged := f.request(t, f.rootKey(t, 2), thiefs, stolen, thiefs)
	if err := f.AdoptRequest(forged); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("AdoptRequest with one key = %v; want ErrUntrusted", err)
	}
	err = c.Refresh(t.Context(), altered{f.fetch(), map[string][]byte{"metadata/2.root.json": rootOf(t, forged)}}, f.now)
	if !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("Refresh from the thief = %v; want ErrUntrusted", err)
	}
	checkRead(t, c, keyset, "keys")
	if err := f.AdoptRequest(f.request(t, stolen, spare, f.rootKey(t, 2), f.rootKey(t, 3))); err != nil {
		t.Fatal(err)
	}
	refresh(t, c, f.fetch(), f.now)
	late := f.forge(t, release.Change{RetireRoot: []string{id(t, spare)}, AddRoot: []ed25519.PublicKey{public(thiefs)}}, before, stolen, f.rootKey(t, 2))
	if err := f.AdoptRequest(late); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("AdoptRequest with a stolen key that was replaced = %v; want ErrUntrusted", err)
	}
	checkRead(t, c, keyset, "keys")
}

func TestRootRequestsRefused(t *testing.T) {
	f := newFleet(t)
	standing, err := f.Standing(false)
	if err != nil {
		t.Fatal(err)
	}
	one := id(t, f.rootKey(t, 1))
	for name, retire := range map[string][]string{"a key that is not there": {id(t, newKey(t))}, "no key to lose": {one}} {
		if _, err := release.NewRequest(standing, release.Change{RetireRoot: retire}, f.now); !errors.Is(err, release.ErrUntrusted) {
			t.Errorf("NewRequest(%s) = %v; want ErrUntrusted", name, err)
		}
	}
	request := f.request(t, f.rootKey(t, 1), newKey(t), f.rootKey(t, 2), f.rootKey(t, 3))
	if err := f.AdoptRequest(request); err != nil {
		t.Fatal(err)
	}
	if err := f.AdoptRequest(request); !errors.Is(err, release.ErrStale) {
		t.Errorf("AdoptRequest twice = %v; want ErrStale", err)
	}
	if _, err := release.ParseRequest([]byte("{}")); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("ParseRequest({}) = %v; want ErrUntrusted", err)
	}
	q, err := release.ParseRequest(f.request(t, f.rootKey(t, 2), newKey(t)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Sign(newKey(t)); !errors.Is(err, release.ErrNothingToSign) {
		t.Errorf("Sign with a stranger's key = %v; want ErrNothingToSign", err)
	}
}
