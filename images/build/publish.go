package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/mallette-kit/mallette/images/build/cache"
	"github.com/mallette-kit/mallette/images/build/lock"
	"github.com/mallette-kit/mallette/provisioning/flash/guide"
)

// sumsName is the list of what is published, as sha256sum writes it.
const sumsName = "SHA256SUMS"

// publish puts the disk, compressed and not, and what is said about it into
// build/images.
func (b *Builder) publish(ctx context.Context, name, disk, tree string, locks map[string]lock.Lock) (Result, error) {
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
	bill, err := b.bill(ctx, name, r.Compressed, tree, locks)
	if err != nil {
		return r, err
	}
	b.report.published(r)
	return r, errors.Join(write(filepath.Join(out, name+".spdx.json"), bill, 0o644),
		write(filepath.Join(out, name+".report.txt"), b.report.Text(), 0o644), b.guide(out), sums(out))
}

// guide publishes the page on writing a stick beside the images.
func (b *Builder) guide(out string) error {
	return fs.WalkDir(guide.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := guide.Files.ReadFile(name)
		return errors.Join(err, write(filepath.Join(out, name), content, 0o644))
	})
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
		sum, err := cache.Sum(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%s  %s\n", sum, e.Name())
	}
	return write(filepath.Join(dir, sumsName), list.Bytes(), 0o644)
}

func listed(name string) bool {
	for _, pattern := range []string{"*.img.zst", "*.spdx.json", "*.LISEZMOI.txt", "*.html", "*.css", "*.svg"} {
		if ok, _ := filepath.Match(pattern, name); ok {
			return true
		}
	}
	return false
}
