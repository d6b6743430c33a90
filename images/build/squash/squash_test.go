package squash_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/images/build/squash"
)

func TestWhatWasPackedComesOutAndIsTheSameTwice(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1")
	for _, c := range []squash.Compression{squash.Plain, squash.Zlib} {
		var images [][]byte
		for range 2 {
			dir, image := t.TempDir(), filepath.Join(t.TempDir(), "root.img")
			err := errors.Join(os.WriteFile(filepath.Join(dir, "launcher"), bytes.Repeat([]byte("pages"), 1<<18), 0o755), os.Symlink("launcher", filepath.Join(dir, "link")))
			if err != nil {
				t.Fatal(err)
			}
			if err := squash.Make(t.Context(), dir, image, c, time.Unix(1e9, 0)); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(image)
			if err != nil {
				t.Fatal(err)
			}
			images = append(images, b)
			out := filepath.Join(t.TempDir(), "out")
			if err := squash.Open(t.Context(), image, out); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(out, "link")); len(got) != 5<<18 || err != nil {
				t.Errorf("unpacked %d bytes, %v; want %d", len(got), err, 5<<18)
			}
		}
		if !bytes.Equal(images[0], images[1]) {
			t.Errorf("two images of compression %d differ", c)
		}
	}
}

func TestNoImageIsTold(t *testing.T) {
	if err := squash.Open(t.Context(), os.DevNull, filepath.Join(t.TempDir(), "out")); err == nil {
		t.Error("Open of no image = nil; want an error")
	}
}
