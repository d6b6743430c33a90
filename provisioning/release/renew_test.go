package release_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// thief is somebody with a copy of the server's disk, whose offline keys are in
// their safes.
func (f *fleet) thief(t *testing.T) *fleet {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(f.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "offline")); err != nil {
		t.Fatal(err)
	}
	b := &fleet{dir: dir, now: f.now}
	b.reopen(t)
	return b
}

func (f *fleet) adopt(t *testing.T, request []byte) {
	t.Helper()
	if err := f.AdoptRequest(request); err != nil {
		t.Fatal(err)
	}
}

func (f *fleet) refused(t *testing.T, c *release.Client, want error) {
	t.Helper()
	if err := c.Refresh(t.Context(), f.fetch(), f.now); !errors.Is(err, want) {
		t.Errorf("Refresh = %v; want %v", err, want)
	}
}

// TestTheftOfTheServersKeys rehearses it. Who has the server's disk signs lists of
// a far future, so that stations take nothing of the fleet's any more. The server
// makes new keys, the holders of the root's sign them, and stations follow: those
// that the thief had, those that were off all the time, and new ones.
func TestTheftOfTheServersKeys(t *testing.T) {
	f := newFleet(t)
	struck, _ := f.newStation(t)
	asleep, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	refresh(t, asleep, f.fetch(), f.now)
	refresh(t, struck, f.fetch(), f.now)
	thief := f.thief(t)
	thief.now = f.now.Add(3 * 365 * day)
	thief.publish(t, map[string]string{keyset: "the thief's"})
	refresh(t, struck, thief.fetch(), f.now)
	f.publish(t, map[string]string{keyset: "honest"})
	f.refused(t, struck, release.ErrRollback)

	f.adopt(t, f.ask(t, release.Change{}, true, f.rootKey(t, 1), f.rootKey(t, 3), keyOf(t, filepath.Join(f.dir, "offline"), "targets")))
	f.reopen(t)
	fresh, _ := f.newStation(t)
	for name, c := range map[string]*release.Client{"struck": struck, "asleep": asleep, "fresh": fresh} {
		refresh(t, c, f.fetch(), f.now)
		checkRead(t, c, keyset, "honest")
		thief.refused(t, c, release.ErrUntrusted)
		if name != "fresh" {
			checkRead(t, c, keyset, "honest")
		}
	}
	f.publish(t, map[string]string{keyset: "and on"})
	refresh(t, struck, f.fetch(), f.now)
	checkRead(t, struck, keyset, "and on")
	if _, err := os.Stat(filepath.Join(f.dir, "online", "next")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("next keys are still there: %v", err)
	}
}

// TestTheftOfTheTargetsKey: its thief could name another key for the releases of
// all stations. The root names another, and what the stolen one signs is refused.
func TestTheftOfTheTargetsKey(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	refresh(t, c, f.fetch(), f.now)
	offline := filepath.Join(f.dir, "offline")
	stolen, spare := keyOf(t, offline, "targets"), newKey(t)
	change := release.Change{Targets: public(spare)}
	if err := f.AdoptRequest(f.ask(t, change, false, f.rootKey(t, 1), f.rootKey(t, 2))); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("AdoptRequest without the next key's signature = %v; want ErrUntrusted", err)
	}
	f.adopt(t, f.ask(t, change, false, f.rootKey(t, 1), f.rootKey(t, 2), spare))
	refresh(t, c, f.fetch(), f.now)
	checkRead(t, c, keyset, "keys")

	elsewhere := release.Contact{Servers: []string{"thief.example:443"}}
	if _, err := f.tryAsk(t, release.Change{Contact: &elsewhere}).Sign(stolen); !errors.Is(err, release.ErrNothingToSign) {
		t.Errorf("Sign with the stolen key = %v; want ErrNothingToSign", err)
	}
	if err := f.Ceremony(); !errors.Is(err, release.ErrOffline) {
		t.Errorf("Ceremony with the replaced key = %v; want ErrOffline", err)
	}
	f.reopen(t)
	refresh(t, c, f.fetch(), f.now)
	checkRead(t, c, keyset, "keys")
}

func (f *fleet) tryAsk(t *testing.T, c release.Change) release.Request {
	t.Helper()
	q, err := release.ParseRequest(f.ask(t, c, false))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestTheftOfTheBaseKey: releases that its thief signs are taken by nobody once the
// delegations name another key, and the list goes on with it.
func TestTheftOfTheBaseKey(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	f.publish(t, map[string]string{keyset: "keys"})
	offline := filepath.Join(f.dir, "offline")
	targets, stolen, spare := keyOf(t, offline, "targets"), keyOf(t, offline, "base"), newKey(t)
	change := release.Change{Base: public(spare)}
	if err := f.AdoptRequest(f.ask(t, change, false, targets)); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("AdoptRequest with a list of the old key = %v; want ErrUntrusted", err)
	}
	f.adopt(t, f.ask(t, change, false, targets, spare))
	refresh(t, c, f.fetch(), f.now)
	if err := c.BaseProblem(); err != nil {
		t.Errorf("BaseProblem = %v; want nil", err)
	}
	list, err := f.BaseList()
	if err != nil {
		t.Fatal(err)
	}
	forged, contents, err := release.SignBase(list, stolen, nil, nil, f.now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Adopt(forged, contents); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("Adopt(signed with the stolen key) = %v; want ErrUntrusted", err)
	}
	honest, contents, err := release.SignBase(list, spare, nil, nil, f.now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Adopt(honest, contents); err != nil {
		t.Errorf("Adopt(signed with the next key) = %v", err)
	}
}

// A request is for keys, addresses and authorities. Whoever smuggles something
// else into it is found out, however well it is signed.
func TestRequestsThatAskTooMuch(t *testing.T) {
	f := newFleet(t)
	targets := keyOf(t, filepath.Join(f.dir, "offline"), "targets")
	where := release.Contact{Servers: []string{"a.example:443"}}
	for name, smuggle := range map[string]func(map[string]any){
		"a wider delegation": func(signed map[string]any) {
			roles := signed["delegations"].(map[string]any)["roles"].([]any)
			roles[0].(map[string]any)["paths"] = []string{"*", "*/*", "*/*/*"}
		},
		"one delegation less": func(signed map[string]any) {
			d := signed["delegations"].(map[string]any)
			d["roles"] = d["roles"].([]any)[:1]
		},
		"another target": func(signed map[string]any) {
			all := signed["targets"].(map[string]any)
			all["fleet/other.json"] = all["fleet/contact.json"]
		},
	} {
		q := f.tryAsk(t, release.Change{Contact: &where})
		var m map[string]any
		if err := json.Unmarshal(q.Targets, &m); err != nil {
			t.Fatal(err)
		}
		smuggle(m["signed"].(map[string]any))
		var err error
		if q.Targets, err = json.Marshal(m); err == nil {
			q, err = q.Sign(targets)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := f.AdoptRequest(encode(t, q)); !errors.Is(err, release.ErrUntrusted) {
			t.Errorf("AdoptRequest(%s) = %v; want ErrUntrusted", name, err)
		}
	}
}

// TestContactReachesStations: it is a target like others, and the key of passes
// and lessons does not sign it.
func TestContactReachesStations(t *testing.T) {
	f := newFleet(t)
	c, _ := f.newStation(t)
	where := release.Contact{Servers: []string{"new.example:443", "old.example:8883"}}
	f.adopt(t, f.ask(t, release.Change{Contact: &where}, false, keyOf(t, filepath.Join(f.dir, "offline"), "targets")))
	refresh(t, c, f.fetch(), f.now)
	content, err := c.Read(release.ContactTarget)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := release.ParseContact(content); err != nil || !got.Equal(where) {
		t.Errorf("ParseContact = %v, %v; want %v", got, err, where)
	}
	if err := f.Publish(nancy, map[string][]byte{release.ContactTarget: content}); !errors.Is(err, release.ErrTarget) {
		t.Errorf("Publish(a contact, by a tenant) = %v; want ErrTarget", err)
	}
	to := t.TempDir()
	if err := f.Export(nancy, to); err != nil {
		t.Fatal(err)
	}
	onStick, _ := f.newStation(t)
	refresh(t, onStick, release.Dir(to), f.now)
	if _, err := onStick.Read(release.ContactTarget); err != nil {
		t.Errorf("Read(contact) from a stick = %v", err)
	}
}

// TestChangeOfKeysSurvivesACut: power fails after any of the steps in which a
// request is published. The server goes on, and stations with it.
func TestChangeOfKeysSurvivesACut(t *testing.T) {
	f := newFleet(t)
	f.publish(t, map[string]string{keyset: "keys"})
	asked := f.ask(t, release.Change{}, true, f.rootKey(t, 1), f.rootKey(t, 2), keyOf(t, filepath.Join(f.dir, "offline"), "targets"))
	before := snapshotOf(t, f.dir)
	f.adopt(t, asked)
	after := snapshotOf(t, f.dir)
	steps := stepsOf(before, after, asked)
	for n := range len(steps) + 1 {
		dir := t.TempDir()
		write(t, dir, before)
		for _, s := range steps[:n] {
			s(t, dir)
		}
		b := &fleet{dir: dir, now: f.now}
		b.reopen(t)
		c, _ := b.newStation(t)
		b.publish(t, map[string]string{cards: "later"})
		refresh(t, c, b.fetch(), b.now)
		checkRead(t, c, keyset, "keys")
		checkRead(t, c, cards, "later")
		if _, err := os.Stat(filepath.Join(dir, "adopting.json")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after %d steps the request is still pending: %v", n, err)
		}
	}
}

func snapshotOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	walk(t, dir, func(name string) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(dir, name)
		all[rel] = content
	})
	return all
}

func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, content := range files {
		put(name, content)(t, dir)
	}
}

type stepOnDisk func(t *testing.T, dir string)

func put(name string, content []byte) stepOnDisk {
	return func(t *testing.T, dir string) {
		t.Helper()
		name := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func gone(name string) stepOnDisk {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// stepsOf is the order in which the files of a change are written.
func stepsOf(before, after map[string][]byte, asked []byte) []stepOnDisk {
	steps := []stepOnDisk{put("adopting.json", asked)}
	changed := func(part string) []string {
		var names []string
		for name, content := range after {
			if strings.Contains(name, part) && string(before[name]) != string(content) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return names
	}
	for _, name := range changed("online/") {
		next := filepath.Join("online", "next", filepath.Base(name))
		steps = append(steps, func(t *testing.T, dir string) { // a rename
			put(name, after[name])(t, dir)
			gone(next)(t, dir)
		})
	}
	for _, part := range []string{".root.json", ".targets.json", ".tenant-", ".snapshot.json", "timestamp.json"} {
		for _, name := range changed("public/") {
			if strings.Contains(filepath.Base(name), part) {
				steps = append(steps, put(name, after[name]))
			}
		}
	}
	return append(steps, gone("adopting.json"), gone("online/next"))
}
