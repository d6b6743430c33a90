package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/carry"
	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// offer publishes a base release, as the person who has its key does.
func (f *fleet) offer(name string, made time.Time) {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(f.public), "offline", "base.pem"))
	must(f.t, err)
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	must(f.t, err)
	part := func(content string) release.Part {
		p := release.Part{SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(content))), Size: int64(len(content))}
		must(f.t, f.released.PutBlob(p, strings.NewReader(content)))
		return p
	}
	v := slot.Verity{Algorithm: "sha256", Blocks: 2, Salt: strings.Repeat("ab", 32), Hash: strings.Repeat("cd", 32)}
	b := release.Base{V: 1, Release: name, Arch: update.Arch, Made: made.UTC().Truncate(time.Second), Boot: part("boot " + name),
		Root: release.Part{SHA256: strings.Repeat("ef", 32), Size: v.Size()}, Verity: v,
		Bundle: release.Bundle{Index: part("index " + name), Pack: part("pack " + name)}}
	list, err := f.released.BaseList()
	must(f.t, err)
	signed, contents, err := release.SignBase(list, key.(ed25519.PrivateKey), []release.Base{b}, nil, time.Now())
	must(f.t, err)
	must(f.t, f.released.Adopt(signed, contents))
}

// alone is a station that has never heard from its fleet since it joined.
func (f *fleet) alone() *machine {
	f.t.Helper()
	m := newMachine(f.t.(*testing.T))
	me, err := enroll.Join(f.t.Context(), f.token(), m.Data, enroll.Machine{}, time.Now)
	must(f.t, err)
	m.me.Store(me)
	m.trust.Store(trust.Open(filepath.Join(m.Data, enroll.TrustDir), tenant))
	m.Release, m.Stick = "2027.1", f.t.TempDir()
	return m
}

func (m *machine) shows(t *testing.T, id string) carry.Found {
	t.Helper()
	m.visit(t.Context(), carry.Visit{ID: id})
	found, ok := carry.Told(m.Run, id)
	if !ok || !found.Done {
		t.Fatalf("Told(%s) = %+v, %v; want an answer that is done", id, found, ok)
	}
	return found
}

func TestWhatAMediatorsStickHolds(t *testing.T) {
	f := newFleet(t)
	f.offer("2027.1", time.Now().Add(-time.Hour))
	f.offer("2027.2", time.Now())
	f.offer("2026.9", time.Now().Add(-2*time.Hour))
	m := f.alone()
	if got := m.shows(t, "pictures").Copy; got != carry.CopyNone {
		t.Errorf("a stick with somebody's pictures = %s; want none", got)
	}
	m.Stick = f.public
	if got := m.shows(t, "ours"); got.Copy != carry.CopyTaken || got.Signed.IsZero() {
		t.Errorf("the fleet's stick = %+v; want taken", got)
	}
	m.Stick = newFleet(t).public
	if got := m.shows(t, "theirs").Copy; got != carry.CopyRefused {
		t.Errorf("another fleet's stick = %s; want refused", got)
	}
}

// The newest release of a stick is for a station that was never told what to run.
func TestTheReleaseOfAStick(t *testing.T) {
	f := newFleet(t)
	f.offer("2027.1", time.Now().Add(-time.Hour))
	f.offer("2026.9", time.Now().Add(-2*time.Hour))
	m := f.alone()
	m.Stick = f.public
	m.shows(t, "one")
	m.chooseBase(t.Context())
	if b := m.stickBase(); b != nil {
		t.Errorf("with nothing newer the station wants %+v; want nothing", b)
	}
	f.offer("2027.2", time.Now())
	m.shows(t, "two")
	must(t, os.WriteFile(filepath.Join(m.Data, "desired.json"), []byte(`{"version":1,"base":{"release":"2026.9"}}`), 0o600))
	m.chooseBase(t.Context())
	if b := m.stickBase(); b != nil {
		t.Errorf("while the fleet orders another release the station wants %+v; want nothing of its own", b)
	}
	must(t, os.Remove(filepath.Join(m.Data, "desired.json")))
	m.chooseBase(t.Context())
	if b := m.stickBase(); b == nil || b.Release != "2027.2" || b.Go != stickAttempt {
		t.Errorf("the station wants %+v; want 2027.2", b)
	}
	if d, err := m.desired(); !errors.Is(err, os.ErrNotExist) || d.Base != (*wire.Base)(nil) {
		t.Errorf("desired = %+v, %v; want what the fleet said: nothing", d, err)
	}
}
