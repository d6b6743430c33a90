package release

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Part is a file that a release consists of, or that helps to make one.
type Part struct {
	SHA256 string `json:"sha256"` // hexadecimal
	Size   int64  `json:"size"`
}

// Format is a format of files on /perm: which versions a release reads, and the
// one it writes.
type Format struct {
	Name   string `json:"name"` // "outbox"
	Oldest int    `json:"oldest"`
	Newest int    `json:"newest"`
	Writes int    `json:"writes"`
}

// Bundle is how some files travel: as chunks, and as patches of what a station
// has.
type Bundle struct {
	Index Part       `json:"index"` // the files' chunks: an [Index]
	Pack  Part       `json:"pack"`  // the chunks themselves, packed
	From  []Ancestor `json:"from,omitempty"`
}

// Ancestor is what a station may have, from which a shorter way leads on.
type Ancestor struct {
	Of      string `json:"of"`               // the root's [slot.Verity.Hash], or the userland's
	Index   Part   `json:"index"`            // its chunks
	Patches Part   `json:"patches,omitzero"` // [Patches] to the new files
	Frames  Part   `json:"frames,omitzero"`  // what Patches point into
}

// Userland is the system for sessions that goes with a base release.
type Userland struct {
	Root        string          `json:"root"`        // its root hash, as slot.Release names it
	File        Part            `json:"file"`        // the image
	Description json.RawMessage `json:"description"` // what lies beside it on /perm
	Bundle
}

// Base describes a base release for one kind of machine. It is the content of
// the target [BaseTarget].
type Base struct {
	V        int         `json:"v"` // 1
	Release  string      `json:"release"`
	Arch     string      `json:"arch"`
	Made     time.Time   `json:"made"`
	Notes    string      `json:"notes,omitempty"`
	Boot     Part        `json:"boot"`   // the kernel container
	Root     Part        `json:"root"`   // squashfs with its hash tree
	Verity   slot.Verity `json:"verity"` // of the root
	Bundle               // of both
	Userland *Userland   `json:"userland,omitempty"`
	Formats  []Format    `json:"formats,omitempty"`
	SBOM     Part        `json:"sbom,omitzero"`
}

// Names of files in an [Index].
const (
	ContentBoot     = "boot"     // the kernel container
	ContentRoot     = "root"     // the root's squashfs, without its hash tree
	ContentUserland = "userland" // the userland's image
)

// Limits of what describes a base release.
const (
	MaxManifest  = 1 << 20
	maxNotes     = 16 << 10
	maxAncestors = 64
	maxFormats   = 64

	maxDescription = 64 << 10
	// MaxUserland is the largest image of a userland, and MaxBlob the largest
	// part of any kind.
	MaxUserland = 3 << 30
	MaxBlob     = 3 << 30
)

var (
	archForm   = regexp.MustCompile(`^[a-z0-9]{1,16}$`)
	sumForm    = regexp.MustCompile(`^[0-9a-f]{64}$`)
	formatForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
)

// BaseTarget names the target that describes a base release.
func BaseTarget(arch, release string) string {
	return basePrefix + arch + "/" + release + ".json"
}

// ParseBase reads the content of a [BaseTarget]; what cannot be one is
// [ErrUntrusted].
func ParseBase(content []byte) (Base, error) {
	var b Base
	if len(content) > MaxManifest || json.Unmarshal(content, &b) != nil {
		return Base{}, fmt.Errorf("base release: %w", ErrUntrusted)
	}
	return b, b.Check()
}

// Encode returns the content of the release's target.
func (b Base) Encode() ([]byte, error) {
	b.V = 1
	if err := b.Check(); err != nil {
		return nil, err
	}
	content, err := json.MarshalIndent(b, "", "  ")
	if err == nil && len(content) > MaxManifest {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("base release: %w", err)
	}
	return content, nil
}

// Check returns an error that wraps [ErrUntrusted] when a part is missing or
// larger than its place on a disk.
func (b Base) Check() error {
	switch {
	case b.V != 1 || !wire.ValidRelease(b.Release) || !archForm.MatchString(b.Arch) || len(b.Notes) > maxNotes,
		len(b.Formats) > maxFormats || !b.Bundle.valid() || !b.Userland.valid(),
		!b.Boot.within(slot.SizeContainer) || !b.Root.within(slot.SizeRoot),
		b.SBOM != Part{} && !b.SBOM.within(MaxTarget),
		b.Verity.Check() != nil || b.Verity.Size() != b.Root.Size:
		return fmt.Errorf("base release: %w", ErrUntrusted)
	}
	for _, f := range b.Formats {
		if !formatForm.MatchString(f.Name) || f.Oldest < 1 || f.Newest < f.Oldest || f.Writes < f.Oldest || f.Writes > f.Newest {
			return fmt.Errorf("base release: %w", ErrUntrusted)
		}
	}
	return nil
}

func (p Part) within(most int64) bool {
	return sumForm.MatchString(p.SHA256) && p.Size > 0 && p.Size <= most
}

func (b Bundle) valid() bool {
	for _, a := range b.From {
		if !a.valid() {
			return false
		}
	}
	return b.Index.within(MaxIndex) && b.Pack.within(MaxBlob) && len(b.From) <= maxAncestors
}

func (a Ancestor) valid() bool {
	patches := a.Patches == Part{} && a.Frames == Part{} || a.Patches.within(MaxIndex) && a.Frames.within(MaxBlob)
	return sumForm.MatchString(a.Of) && a.Index.within(MaxIndex) && patches
}

// valid holds for none.
func (u *Userland) valid() bool {
	return u == nil || sumForm.MatchString(u.Root) && u.File.within(MaxUserland) && len(u.Description) <= maxDescription && u.Bundle.valid()
}

// Data is how many bytes of the root are the squashfs: what chunks make. The
// hash tree behind it is computed from them ([slot.Seal]).
func (b Base) Data() int64 { return int64(b.Verity.Blocks) * slot.BlockSize }

// Reads reports whether the release reads a version of a format. One that it
// does not mention is not its business.
func (b Base) Reads(name string, version int) bool {
	for _, f := range b.Formats {
		if f.Name == name {
			return f.Oldest <= version && version <= f.Newest
		}
	}
	return true
}

// Blobs lists what stations may fetch for the release.
func (b Base) Blobs() []Part {
	all := append(b.Bundle.blobs(), b.SBOM)
	if b.Userland != nil {
		all = append(all, b.Userland.blobs()...)
	}
	return slices.DeleteFunc(all, func(p Part) bool { return p == Part{} })
}

func (b Bundle) blobs() []Part {
	all := []Part{b.Index, b.Pack}
	for _, a := range b.From {
		all = append(all, a.Index, a.Patches, a.Frames)
	}
	return all
}

// checkBaseName holds names to what the base role may list.
func checkBaseName(name string) error {
	dir, file := path.Split(name)
	arch, ok := strings.CutPrefix(strings.TrimSuffix(dir, "/"), basePrefix)
	release, ok2 := strings.CutSuffix(file, ".json")
	if !ok || !ok2 || !archForm.MatchString(arch) || !wire.ValidRelease(release) {
		return ErrTarget
	}
	return nil
}
