package release_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// Power may fail while any file of the station is being written. Whatever is
// left, the station opens, never reads what was not signed, and is whole again
// after the next refresh.
func TestStationSurvivesACutAtAnyByte(t *testing.T) {
	f := newFleet(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "first", cards: "cards"})
	refresh(t, c, f.fetch(), f.now)
	var names []string
	walk(t, dir, func(name string) { names = append(names, name) })
	for _, name := range names {
		if filepath.Base(name) == "root.json" {
			continue // written once, at enrolment: see below
		}
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		step := max(1, len(whole)/25)
		for n := 0; n < len(whole); n += step {
			if err := os.WriteFile(name, whole[:n], 0o644); err != nil {
				t.Fatal(err)
			}
			c := open(t, dir)
			for target, want := range map[string]string{keyset: "first", cards: "cards"} {
				if got, err := c.Read(target); err == nil && string(got) != want {
					t.Fatalf("%s cut at %d: Read(%s) = %q", filepath.Base(name), n, target, got)
				}
			}
			refresh(t, c, f.fetch(), f.now)
			checkRead(t, c, keyset, "first")
			checkRead(t, open(t, dir), cards, "cards")
		}
	}
}

func TestADamagedTargetLeavesTheOthersReadable(t *testing.T) {
	f := newFleet(t)
	c, dir := f.newStation(t)
	f.publish(t, map[string]string{keyset: "first", cards: "cards"})
	refresh(t, c, f.fetch(), f.now)
	names, err := filepath.Glob(filepath.Join(dir, "targets", "*"))
	if err != nil || len(names) != 2 {
		t.Fatalf("targets = %v, %v; want two", names, err)
	}
	if err := os.WriteFile(names[0], []byte("flipped"), 0o644); err != nil {
		t.Fatal(err)
	}
	problems := 0
	for _, target := range []string{keyset, cards} {
		if _, err := c.Read(target); errors.Is(err, release.ErrMismatch) {
			problems++
		}
	}
	if problems != 1 {
		t.Errorf("damaged targets = %d; want 1", problems)
	}
}

// errCut is the power going.
var errCut = errors.New("cut")

// cut fetches n files and then nothing any more.
type cut struct {
	release.Fetcher
	left *int
}

func (c cut) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if *c.left--; *c.left < 0 {
		return nil, errCut
	}
	return c.Fetcher.Fetch(ctx, name, limit)
}

func TestARefreshCutShortChangesNothing(t *testing.T) {
	a := newAttack(t)
	for n := 0; ; n++ {
		left := n
		err := a.station.Refresh(t.Context(), cut{a.fetch(), &left}, a.now)
		if err == nil {
			break
		}
		if !errors.Is(err, errCut) {
			t.Fatalf("Refresh cut after %d files = %v; want errCut", n, err)
		}
		checkRead(t, a.station, keyset, "first")
	}
	checkRead(t, a.station, keyset, "second")
}

// The fleet's power may fail between any two files of a publication. Files are
// replaced whole, so what can be left is any prefix of the new files.
func TestRepositorySurvivesACutBetweenFiles(t *testing.T) {
	a := newAttack(t)
	fresh := maps.Clone(a.after)
	maps.DeleteFunc(fresh, func(name string, _ []byte) bool { _, old := a.before[name]; return old })
	order := []string{"keyset.json", ".tenant-nancy.json", ".snapshot.json"}
	for n := range len(order) + 1 {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(a.dir)); err != nil {
			t.Fatal(err)
		}
		b := &fleet{dir: dir, now: a.now}
		if err := os.WriteFile(filepath.Join(b.public(), "metadata/timestamp.json"), a.before["metadata/timestamp.json"], 0o644); err != nil {
			t.Fatal(err)
		}
		for _, part := range order[n:] {
			if err := os.Remove(filepath.Join(b.public(), find(t, fresh, nil, part))); err != nil {
				t.Fatal(err)
			}
		}
		b.reopen(t)
		c, _ := b.newStation(t)
		refresh(t, c, b.fetch(), b.now)
		checkRead(t, c, keyset, "first")
		b.publish(t, map[string]string{keyset: "third"})
		refresh(t, c, b.fetch(), b.now)
		checkRead(t, c, keyset, "third")
	}
}
