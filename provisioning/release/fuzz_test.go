package release_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// world is a fleet that published once and a station that has it.
func world(f *testing.F) (fleetDir string, root, state []byte) {
	f.Helper()
	fleetDir = f.TempDir()
	if err := release.Init(fleetDir, start, nancy); err != nil {
		f.Fatal(err)
	}
	r, err := release.Open(fleetDir)
	if err != nil {
		f.Fatal(err)
	}
	r.Now = func() time.Time { return start }
	if err := r.Publish(nancy, map[string][]byte{cards: []byte("cards")}); err != nil {
		f.Fatal(err)
	}
	if root, err = r.Root(); err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	if err := release.Pin(dir, root); err != nil {
		f.Fatal(err)
	}
	c, err := release.OpenClient(dir, nancy)
	if err != nil {
		f.Fatal(err)
	}
	if err := c.Refresh(f.Context(), release.Dir(filepath.Join(fleetDir, "public")), start); err != nil {
		f.Fatal(err)
	}
	if state, err = os.ReadFile(filepath.Join(dir, "metadata.json")); err != nil {
		f.Fatal(err)
	}
	return fleetDir, root, state
}

// Whatever the state file holds, the client opens and reads nothing unsigned.
func FuzzState(f *testing.F) {
	_, root, state := world(f)
	f.Add(state)
	f.Add(state[:len(state)/2])
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, state []byte) {
		dir := t.TempDir()
		if err := release.Pin(dir, root); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "metadata.json"), state, 0o644); err != nil {
			t.Fatal(err)
		}
		c := open(t, dir)
		for _, name := range c.Targets("") {
			if name != cards {
				t.Errorf("Targets has %q; want only what was signed", name)
			}
		}
	})
}

// Whatever a server answers for the timestamp, it is refused or it is ours.
func FuzzTimestamp(f *testing.F) {
	fleetDir, root, _ := world(f)
	public := filepath.Join(fleetDir, "public")
	good, err := os.ReadFile(filepath.Join(public, "metadata/timestamp.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"signed":{"_type":"timestamp","meta":{}},"signatures":[]}`))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, timestamp []byte) {
		dir := t.TempDir()
		if err := release.Pin(dir, root); err != nil {
			t.Fatal(err)
		}
		c := open(t, dir)
		from := altered{release.Dir(public), map[string][]byte{"metadata/timestamp.json": timestamp}}
		if err := c.Refresh(t.Context(), from, start); err == nil {
			checkRead(t, c, cards, "cards")
		}
	})
}

func FuzzPin(f *testing.F) {
	_, root, _ := world(f)
	f.Add(root)
	f.Add([]byte(`{"signed":{"_type":"root","roles":{}},"signatures":[]}`))
	f.Fuzz(func(t *testing.T, root []byte) {
		dir := t.TempDir()
		if release.Pin(dir, root) == nil {
			open(t, dir)
		}
	})
}

// What is read as a contact says the same when it is written again.
func FuzzParseContact(f *testing.F) {
	f.Add([]byte(`{"v":1,"servers":["kit.example:443"]}`))
	f.Add([]byte(`{"v":1,"servers":["a b:443"],"authorities":["-----BEGIN CERTIFICATE-----"]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		c, err := release.ParseContact(content)
		if err != nil {
			return
		}
		text, err := c.Encode()
		if err != nil {
			t.Fatalf("Encode(%v) = %v", c, err)
		}
		if again, err := release.ParseContact(text); err != nil || !again.Equal(c) {
			t.Fatalf("ParseContact(Encode(%v)) = %v, %v", c, again, err)
		}
	})
}

// A request comes on a stick, from hand to hand.
func FuzzParseRequest(f *testing.F) {
	dir, _, _ := world(f)
	r, err := release.Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	standing, err := r.Standing(false)
	if err != nil {
		f.Fatal(err)
	}
	q, err := release.NewRequest(standing, release.Change{}, start)
	if err != nil {
		f.Fatal(err)
	}
	text, err := q.Encode()
	if err != nil {
		f.Fatal(err)
	}
	key := keyOf(f, filepath.Join(dir, "offline"), "root-1")
	f.Add(text)
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		q, err := release.ParseRequest(text)
		if err != nil {
			return
		}
		_, _ = q.Status()
		_, _ = q.Sign(key)
	})
}
