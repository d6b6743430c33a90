package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/images/build/cache"
)

// sumsName is the list of what is published, as sha256sum writes it.
const sumsName = "SHA256SUMS"

// publish puts the disk, compressed and not, and what is said about it into
// build/images.
func (b *Builder) publish(_ context.Context, name, disk string, documents map[string][]byte) (Result, error) {
	out := b.path("build", "images")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return Result{}, err
	}
	dir, err := b.step("compressed", cache.KeyOf("1", filepath.Base(filepath.Dir(disk))), func(dir string) error {
		return compress(disk, filepath.Join(dir, "disk.img.zst"))
	})
	if err != nil {
		return Result{}, err
	}
	r := Result{Image: filepath.Join(out, name+".img"), Compressed: filepath.Join(out, name+".img.zst"), Report: b.report}
	if err := errors.Join(link(disk, r.Image), link(filepath.Join(dir, "disk.img.zst"), r.Compressed)); err != nil {
		return r, err
	}
	for suffix, content := range documents {
		if err := write(filepath.Join(out, name+suffix), content, 0o644); err != nil {
			return r, err
		}
	}
	b.report.published(r)
	err = write(filepath.Join(out, name+".report.txt"), b.report.Text(), 0o644)
	return r, errors.Join(err, sums(out))
}

// link gives the file a second name, in the place of what had it.
func link(file, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Link(file, to)
}

// compress writes the file as one zstd frame that says how long the disk is. Its
// bytes do not depend on how many processors did it.
func compress(file, to string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(8<<20))
	if err != nil {
		return err
	}
	z.ResetContentSize(out, st.Size())
	if _, err := io.Copy(struct{ io.Writer }{z}, in); err != nil {
		return err
	}
	return errors.Join(z.Close(), out.Close())
}

// sums lists everything published that the same sources make again: reports
// hold times and are left out, and so is the disk as it is, which is not given
// to anybody.
func sums(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var list bytes.Buffer
	for _, e := range entries {
		if !listed(e.Name()) {
			continue
		}
		sum, err := sumOf(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%x  %s\n", sum, e.Name())
	}
	return write(filepath.Join(dir, sumsName), list.Bytes(), 0o644)
}

func listed(name string) bool {
	for _, pattern := range []string{"*.img.zst", "*.spdx.json", "*.html", "*.svg"} {
		if ok, _ := filepath.Match(pattern, name); ok {
			return true
		}
	}
	return false
}

func sumOf(file string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(file)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
