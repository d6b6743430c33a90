package flash_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/provisioning/flash"
)

func TestOpenImage(t *testing.T) {
	want := disk(imageSize)
	streamed := &bytes.Buffer{}
	enc, err := zstd.NewWriter(streamed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enc.Write(want); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.img")
	for _, c := range []struct {
		name string
		file []byte
		harm bool
		kind flash.Kind
	}{
		{"raw", want, false, ""},
		{"compressed without saying its size", streamed.Bytes(), false, ""},
		{"not the published one", want, true, flash.KindDamaged},
		{"cut short", streamed.Bytes()[:1000], false, flash.KindDamaged},
		{"empty", nil, false, flash.KindDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			sum := sumOf(t, path)
			if c.harm {
				sum[0]++
			}
			i, err := flash.OpenImage(path, sum)
			wantKinds(t, []error{err}, c.kind)
			if err == nil && i.Size != imageSize {
				t.Errorf("Size = %d; want %d", i.Size, imageSize)
			}
		})
	}
}

func TestSum(t *testing.T) {
	digits := strings.Repeat("0a", 32)
	for _, c := range []struct {
		name, list string
		found      bool
	}{
		{"as sha256sum writes it", "ff  other\n" + digits + "  a.img.zst\n", true},
		{"binary mark", digits + " *a.img.zst\n", true},
		{"with a folder", digits + "  ./a.img.zst\n", true},
		{"not there", digits + "  ab.img.zst\n", false},
		{"too short", "0a0a  a.img.zst\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			sum, err := flash.Sum(strings.NewReader(c.list), "a.img.zst")
			if (err == nil) != c.found || c.found && sum[31] != 10 {
				t.Errorf("Sum = %x, %v; want found %v", sum, err, c.found)
			}
		})
	}
}
