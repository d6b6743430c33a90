package slot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// FileRelease is where the kernel leaves the description of a release in the
// first file system.
const FileRelease = "/mallette-release.json"

// Release says what a slot holds. It travels as a small archive in front of the
// slot's initramfs, so that one release's initramfs names its root.
type Release struct {
	Format int    `json:"format"` // 1
	Name   string `json:"name"`   // of the release, as the fleet knows it
	Kernel string `json:"kernel"` // uname -r of its kernel
	Arch   string `json:"arch"`   // GOARCH
	Root   Verity `json:"root"`

	// Userland is the root hash of the system that sessions run on, in
	// hexadecimal: whoever was started from this slot mounts no other. Releases
	// from before there was this field name none.
	Userland string `json:"userland,omitempty"`
}

// ErrRelease says that a description cannot be believed.
var ErrRelease = errors.New("not the description of a release")

// releaseFormat is the version of the description.
const releaseFormat = 1

// Describe returns the archive to put in front of an initramfs. It is a
// multiple of [SectorSize] long.
func Describe(r Release) ([]byte, error) {
	r.Format = releaseFormat
	if err := r.check(); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("describe release: %w", err)
	}
	var b bytes.Buffer
	a := NewArchive(&b)
	a.File(FileRelease[1:], 0o444, append(text, '\n'))
	err = a.Close()
	return b.Bytes(), err
}

// ReadRelease reads the description in front of an initramfs.
func ReadRelease(initrd io.ReaderAt) (Release, error) {
	name, content, err := firstFile(initrd)
	if err != nil || name != FileRelease[1:] {
		return Release{}, fmt.Errorf("read release: %w", errors.Join(ErrRelease, err))
	}
	return ParseRelease(content)
}

// ParseRelease reads the content of [FileRelease].
func ParseRelease(content []byte) (Release, error) {
	var r Release
	if err := json.Unmarshal(content, &r); err != nil {
		return Release{}, fmt.Errorf("read release: %w", ErrRelease)
	}
	return r, r.check()
}

func (r Release) check() error {
	if r.Format != releaseFormat || r.Name == "" || len(r.Name) > 64 || r.Arch == "" {
		return ErrRelease
	}
	if sum, err := hex.DecodeString(r.Userland); err != nil || (len(sum) != sha256.Size && len(sum) != 0) {
		return ErrRelease
	}
	return r.Root.Check()
}
