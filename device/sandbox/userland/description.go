// Package userland is the read-only system that sessions run on: which one is
// in use, whether it is whole, and how it is mounted.
//
// Images lie in a folder of the station's data, named by its hash:
//
//	/perm/kit/userland/<sha256>.squashfs   the image, its verity tree at its end
//	/perm/kit/userland/<sha256>.json       the [Description] of that image
//	/perm/kit/userland/kiosk.json          the [Description] of the one in use
//
// A release names the root hash of its userland (slot.Release), and whoever was
// started from it mounts no other: [Folder.Choose]. With a release that names
// none, the one in use counts. Whoever brings an image writes and syncs it first
// and then its description: the next session runs on it, the present one keeps
// what it has. [Folder.Mount] gives the image to the kernel through a
// loop device and dm-verity, so that no byte that changed since it was built is
// ever read; where the kernel has no device mapper the whole file is hashed
// before it is mounted.
//
// The package never downloads, never writes to the folder, and never trusts a
// description that somebody could not have been told by a signed release: that
// is the business of whoever writes it.
package userland

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Block is the size of a verity block, of data and of hashes.
const Block = 4096

// Kiosk is the name of the userland that every station has.
const Kiosk = "kiosk"

// ErrUnnamed says that none of the images is the one that the release names.
var ErrUnnamed = errors.New("no userland that the release names")

// ErrDescription says that a description does not describe an image.
var ErrDescription = errors.New("bad description of a userland")

// Description names an image and everything that is needed to verify it.
type Description struct {
	Name    string `json:"name"`    // what it is for: "kiosk"
	Release string `json:"release"` // as people call it
	Arch    string `json:"arch"`    // as Debian calls it: amd64, arm64
	SHA256  string `json:"sha256"`  // of the whole file, in hex; also its name
	Size    int64  `json:"size"`    // of the whole file
	Data    int64  `json:"data"`    // bytes of squashfs before the verity tree
	Root    string `json:"root"`    // verity root hash, in hex
	Salt    string `json:"salt"`    // verity salt, in hex; may be empty
}

// Parse reads a description and holds it to what an image can be.
func Parse(text []byte) (Description, error) {
	var d Description
	if err := json.Unmarshal(text, &d); err != nil {
		return Description{}, fmt.Errorf("%w: not JSON", ErrDescription)
	}
	return d, d.check()
}

func (d Description) check() error {
	switch {
	case !isHex(d.SHA256, 32):
		return fmt.Errorf("%w: sha256", ErrDescription)
	case !isHex(d.Root, 32):
		return fmt.Errorf("%w: root", ErrDescription)
	case len(d.Salt) > 64 || !isHex(d.Salt, len(d.Salt)/2):
		return fmt.Errorf("%w: salt", ErrDescription)
	case d.Data <= 0 || d.Data%Block != 0 || d.Size <= d.Data || d.Size%Block != 0:
		return fmt.Errorf("%w: size", ErrDescription)
	case d.Name == "" || strings.ContainsAny(d.Name, "/.\x00"):
		return fmt.Errorf("%w: name", ErrDescription)
	}
	return nil
}

func isHex(s string, n int) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == n && s == strings.ToLower(s)
}

// Encode is the description as it is written to a station.
func (d Description) Encode() ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}

// File is the image's file name.
func (d Description) File() string { return d.SHA256 + ".squashfs" }

// Folder is where a station keeps its userlands.
type Folder string

// Describe reads which image is in use under a name.
func (f Folder) Describe(name string) (Description, error) {
	text, err := os.ReadFile(f.Path(name))
	if err != nil {
		return Description{}, fmt.Errorf("describe userland: %w", err)
	}
	return Parse(text)
}

// Choose reads which image to use under a name: the one with that root hash,
// which the running release names, or for "" the one in use.
func (f Folder) Choose(name, root string) (Description, error) {
	d, err := f.Describe(name)
	if root == "" || err == nil && d.Root == root {
		return d, err
	}
	others, _ := filepath.Glob(f.Path("*")) // the pattern is ours
	for _, file := range others {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if d, err := Parse(text); err == nil && d.Name == name && d.Root == root {
			return d, nil
		}
	}
	return Description{}, fmt.Errorf("choose userland: %w", ErrUnnamed)
}

// Path is the file that says which image is in use under a name.
func (f Folder) Path(name string) string { return filepath.Join(string(f), name+".json") }
