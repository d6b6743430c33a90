package cache_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/images/build/cache"
)

func TestSum(t *testing.T) {
	file := filepath.Join(t.TempDir(), "abc")
	if err := os.WriteFile(file, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2's first example
	if got, err := cache.Sum(file); got != want || err != nil {
		t.Errorf("Sum(abc) = %s, %v; want %s", got, err, want)
	}
	if _, err := cache.Sum(file + "d"); err == nil {
		t.Error("Sum of a file that is not there = nil; want an error")
	}
}
