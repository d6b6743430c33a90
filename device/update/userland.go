package update

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/durable"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// hasUserland reports whether the image is there: it gets its name once it is
// whole, and the kernel verifies it whenever it is read.
func (m *Machine) hasUserland(u release.Userland) bool {
	info, err := os.Stat(m.userlandFile(u))
	return err == nil && info.Size() == u.File.Size && m.describes(u)
}

// describes reports whether some description names the image by its root.
func (m *Machine) describes(u release.Userland) bool {
	_, ok := m.userlandRoots()[u.Root]
	return ok
}

// userlandRoots returns the images that are described, by their roots.
func (m *Machine) userlandRoots() map[string]string {
	roots := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(m.Userlands, "*.json")) // the pattern is ours
	for _, file := range files {
		var d struct {
			Root   string `json:"root"`
			SHA256 string `json:"sha256"`
		}
		text, err := os.ReadFile(file)
		if err == nil && json.Unmarshal(text, &d) == nil && d.Root != "" {
			roots[d.Root] = filepath.Join(m.Userlands, filepath.Base(d.SHA256)+".squashfs")
		}
	}
	return roots
}

// userland plans an image from one that is there.
func (m *Machine) userland(ctx context.Context, u release.Userland) (*job, error) {
	j := &job{bundle: u.Bundle, old: map[string]io.ReaderAt{}, file: m.userlandFile(u), part: u.File}
	roots := m.userlandRoots()
	for _, a := range u.From {
		f, err := os.Open(roots[a.Of])
		if err != nil {
			continue
		}
		j.open = append(j.open, f)
		j.old[release.ContentUserland] = f
		return j, m.plan(ctx, j, a.Of)
	}
	return j, m.plan(ctx, j, "")
}

// keepUserland makes the image and gives it its name. Sessions on the image
// before are not touched: the release that names the new one is not running yet.
func (m *Machine) keepUserland(ctx context.Context, u release.Userland, j *job, h *haul) error {
	if err := os.MkdirAll(m.Userlands, 0o755); err != nil {
		return err
	}
	part := j.file + ".part"
	if err := makeUserland(ctx, u, j, h, part); err != nil {
		return errors.Join(fmt.Errorf("make userland: %w", err), os.Remove(part))
	}
	if err := os.Rename(part, j.file); err != nil {
		return fmt.Errorf("make userland: %w", err)
	}
	if err := durable.SyncDir(m.Userlands); err != nil {
		return err
	}
	return durable.Replace(m.descriptionFile(u), u.Description, 0o644)
}

func makeUserland(ctx context.Context, u release.Userland, j *job, h *haul, to string) error {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer f.Close()
	a, err := newAssembler(j.plan, j.old, h)
	if err != nil {
		return err
	}
	defer a.close()
	sum := sha256.New()
	if err := a.write(release.ContentUserland, patiently{ctx, io.MultiWriter(f, sum)}); err != nil {
		return err
	}
	if fmt.Sprintf("%x", sum.Sum(nil)) != u.File.SHA256 {
		return errVerify
	}
	return errors.Join(f.Sync(), f.Close())
}

// patiently writes until its context is done.
type patiently struct {
	ctx context.Context
	io.Writer
}

// Write implements [io.Writer].
func (p patiently) Write(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.Writer.Write(b)
}
