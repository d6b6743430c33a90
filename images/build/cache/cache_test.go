package cache_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/images/build/cache"
)

func put(t *testing.T, d cache.Dir, step, key string) (string, bool) {
	t.Helper()
	dir, hit, err := d.Make(step, cache.KeyOf(key), func(dir string) error {
		return os.WriteFile(filepath.Join(dir, "result"), []byte(key), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, hit
}

func TestSameInputsAreMadeOnce(t *testing.T) {
	d := cache.Dir(filepath.Join(t.TempDir(), "cache"))
	_, first := put(t, d, "root", "a")
	dir, again := put(t, d, "root", "a")
	_, other := put(t, d, "root", "b")
	if first || !again || other {
		t.Errorf("hits = %v %v %v; want false true false", first, again, other)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "result")); string(b) != "a" || err != nil {
		t.Errorf("result = %q, %v; want a", b, err)
	}
}

func TestFailureLeavesNothing(t *testing.T) {
	d := cache.Dir(t.TempDir())
	broken := errors.New("broken")
	if _, _, err := d.Make("root", "k", func(string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("Make = %v; want broken", err)
	}
	if left, err := os.ReadDir(string(d)); len(left) != 0 || err != nil {
		t.Errorf("left = %v, %v; want nothing", left, err)
	}
}

func TestOldResultsGoAndOtherStepsStay(t *testing.T) {
	d := cache.Dir(t.TempDir())
	put(t, d, "root", "other")
	for _, k := range []string{"1", "2", "3", "4", "5"} {
		put(t, d, "root-tree", k)
	}
	left, err := filepath.Glob(filepath.Join(string(d), "*"))
	if err != nil || len(left) != 4 {
		t.Errorf("left = %v, %v; want three of root-tree and one of root", left, err)
	}
}

func TestKeysOfDifferentPartsDiffer(t *testing.T) {
	seen := map[cache.Key]bool{}
	for _, k := range []cache.Key{cache.KeyOf("ab", "c"), cache.KeyOf("a", "bc"), cache.KeyOf("abc"), cache.KeyOf("a\nb"), cache.KeyOf("a", "b")} {
		if seen[k] {
			t.Errorf("key %s twice", k)
		}
		seen[k] = true
	}
}
