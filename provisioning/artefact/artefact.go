// Package artefact makes what a base release travels as, out of what an image
// was built from: content-defined chunks, packed once each, and patches from
// earlier releases where those are smaller.
//
//	base, err := artefact.Make(ctx, artefact.Order{Parts: "parts/2026.12.1", From: []string{"parts/2026.11.1"}, Out: "release/2026.12.1"})
//
// Equal parts give equal bytes. The result is not signed and nobody sees it yet:
// provisioning/release does both. A station never imports this package; it
// undoes the work with device/update.
package artefact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Names of files in a folder of parts, as images/build leaves it.
const (
	FileParts    = "parts.json"
	FileBoot     = "boot.iso"          // the kernel container
	FileRoot     = "root.img"          // squashfs, hash tree behind it
	FileUserland = "userland.squashfs" // missing when the release brings none
	FileSBOM     = "sbom.spdx.json"    // may be missing
)

// FileBase and FolderBlobs are what [Make] leaves.
const (
	FileBase    = "base.json"
	FolderBlobs = "blobs"
)

// ErrParts says that a folder does not hold the parts of a release.
var ErrParts = errors.New("not the parts of a release")

// Parts says what the files beside it are. It is the content of [FileParts].
type Parts struct {
	V        int              `json:"v"` // 1
	Release  string           `json:"release"`
	Arch     string           `json:"arch"`
	Made     time.Time        `json:"made"`
	Verity   slot.Verity      `json:"verity"`
	Userland *Userland        `json:"userland,omitempty"`
	Formats  []release.Format `json:"formats,omitempty"`
}

// Userland is what lies beside the userland's image on a station.
type Userland struct {
	Root        string          `json:"root"`
	Description json.RawMessage `json:"description"`
}

// ReadParts reads a folder's [FileParts].
func ReadParts(dir string) (Parts, error) {
	text, err := os.ReadFile(filepath.Join(dir, FileParts))
	if err != nil {
		return Parts{}, fmt.Errorf("read parts: %w", errors.Join(ErrParts, err))
	}
	var p Parts
	if json.Unmarshal(text, &p) != nil || p.V != 1 || !wire.ValidRelease(p.Release) || p.Verity.Check() != nil {
		return Parts{}, fmt.Errorf("read parts: %w", ErrParts)
	}
	return p, nil
}

// Write leaves the parts in a folder.
func (p Parts) Write(dir string) error {
	p.V = 1
	text, err := json.MarshalIndent(p, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, FileParts), append(text, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write parts: %w", err)
	}
	return nil
}

// Order is what to make of what. Told may be nil; it hears of each step.
type Order struct {
	Parts string   // folder
	From  []string // folders of earlier releases' parts
	Out   string   // folder, made
	Notes string
	Told  func(step string)
}

// Make leaves the description of a release, not signed, and all parts that it
// names, in the order's folder.
func Make(ctx context.Context, o Order) (release.Base, error) {
	b, err := o.make(ctx)
	if err != nil {
		return release.Base{}, fmt.Errorf("make release: %w", err)
	}
	return b, nil
}

func (o Order) make(ctx context.Context) (release.Base, error) {
	p, err := ReadParts(o.Parts)
	if err != nil {
		return release.Base{}, err
	}
	s := store(filepath.Join(o.Out, FolderBlobs))
	if err := os.MkdirAll(string(s), 0o755); err != nil {
		return release.Base{}, err
	}
	if err := o.named(p); err != nil {
		return release.Base{}, err
	}
	b := release.Base{V: 1, Release: p.Release, Arch: p.Arch, Made: p.Made, Notes: o.Notes, Verity: p.Verity, Formats: p.Formats}
	for _, step := range []func(context.Context, store, Parts, *release.Base) error{o.sum, o.system, o.userland, o.bill} {
		if err := step(ctx, s, p, &b); err != nil {
			return b, err
		}
	}
	text, err := b.Encode()
	if err != nil {
		return b, err
	}
	return b, os.WriteFile(filepath.Join(o.Out, FileBase), text, 0o644)
}

// named holds the kernel container against the parts: a station would write a
// release whose container names another root, and then refuse to start it, or
// another userland, and then have no browser.
func (o Order) named(p Parts) error {
	f, err := os.Open(filepath.Join(o.Parts, FileBoot))
	if err != nil {
		return errors.Join(ErrParts, err)
	}
	defer f.Close()
	about, err := describedIn(f)
	userland := ""
	if p.Userland != nil {
		userland = p.Userland.Root
	}
	if err != nil || about.Name != p.Release || about.Arch != p.Arch || about.Root != p.Verity || about.Userland != userland {
		return errors.Join(ErrParts, err)
	}
	return nil
}

func describedIn(f io.ReaderAt) (slot.Release, error) {
	c, err := slot.OpenContainer(f)
	if err != nil {
		return slot.Release{}, err
	}
	initrd, err := c.Open(slot.ContainerInitrd)
	if err != nil {
		return slot.Release{}, err
	}
	return slot.ReadRelease(initrd)
}

func (o Order) told(step string) {
	if o.Told != nil {
		o.Told(step)
	}
}

// sum names the files that a station has to end up with.
func (o Order) sum(_ context.Context, _ store, _ Parts, b *release.Base) (err error) {
	o.told("sum")
	if b.Boot, err = partOf(filepath.Join(o.Parts, FileBoot)); err == nil {
		b.Root, err = partOf(filepath.Join(o.Parts, FileRoot))
	}
	return err
}

// system bundles kernel container and root.
func (o Order) system(ctx context.Context, s store, p Parts, b *release.Base) (err error) {
	now, close, err := openSystem(o.Parts, p)
	if err != nil {
		return err
	}
	defer close()
	o.told("system")
	m, err := pack(ctx, s, now)
	if err != nil {
		return err
	}
	for _, dir := range o.From {
		was, err := ReadParts(dir)
		if err != nil {
			return err
		}
		if was.Arch != p.Arch || was.Verity.Hash == p.Verity.Hash {
			continue
		}
		old, close, err := openSystem(dir, was)
		if err != nil {
			return err
		}
		defer close()
		o.told("patches from " + was.Release)
		if err := m.from(ctx, s, was.Verity.Hash, old); err != nil {
			return err
		}
	}
	b.Bundle = m.bundle
	return nil
}

// userland bundles the system for sessions, if the release brings one.
func (o Order) userland(ctx context.Context, s store, p Parts, b *release.Base) error {
	if p.Userland == nil {
		return nil
	}
	now, close, err := openUserland(o.Parts)
	if err != nil {
		return err
	}
	defer close()
	o.told("userland")
	m, err := pack(ctx, s, now)
	if err != nil {
		return err
	}
	for _, dir := range o.From {
		if err := o.userlandFrom(ctx, s, m, dir, p.Userland.Root); err != nil {
			return err
		}
	}
	file, err := partOf(filepath.Join(o.Parts, FileUserland))
	b.Userland = &release.Userland{Root: p.Userland.Root, File: file, Description: p.Userland.Description, Bundle: m.bundle}
	return err
}

func (o Order) userlandFrom(ctx context.Context, s store, m *maker, dir, same string) error {
	was, err := ReadParts(dir)
	if err != nil || was.Userland == nil || was.Userland.Root == same {
		return err
	}
	old, close, err := openUserland(dir)
	if err != nil {
		return err
	}
	defer close()
	o.told("userland's patches from " + was.Release)
	return m.from(ctx, s, was.Userland.Root, old)
}

// bill takes along what the release is made of.
func (o Order) bill(_ context.Context, s store, _ Parts, b *release.Base) error {
	text, err := os.ReadFile(filepath.Join(o.Parts, FileSBOM))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	b.SBOM, err = s.put(text)
	return err
}

func openSystem(dir string, p Parts) ([]file, func(), error) {
	boot, err := open(release.ContentBoot, filepath.Join(dir, FileBoot))
	if err != nil {
		return nil, nil, err
	}
	root, err := open(release.ContentRoot, filepath.Join(dir, FileRoot))
	if err != nil {
		return nil, nil, errors.Join(err, boot.Close())
	}
	root.size = int64(p.Verity.Blocks) * slot.BlockSize // the tree is computed, not sent
	return []file{boot, root}, func() { _ = boot.Close(); _ = root.Close() }, nil
}

func openUserland(dir string) ([]file, func(), error) {
	f, err := open(release.ContentUserland, filepath.Join(dir, FileUserland))
	return []file{f}, func() { _ = f.Close() }, err
}
