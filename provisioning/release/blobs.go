package release

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/provisioning/durable"
)

// blobsFolder is where public/ has what the descriptions of base releases name.
const blobsFolder = "blobs"

// BlobName is where a copy of public/ has a part, slash-separated.
func BlobName(p Part) string { return blobsFolder + "/" + p.SHA256 }

// PutBlob keeps a part for stations to fetch. It fails with [ErrMismatch] when
// the content is not what was announced; one that is there is not read again.
func (r *Repository) PutBlob(p Part, content io.Reader) error {
	if !p.within(MaxBlob) {
		return fmt.Errorf("put blob: %w", ErrMismatch)
	}
	if r.HasBlob(p) {
		return nil
	}
	name := filepath.Join(r.dir, publicDir, filepath.FromSlash(BlobName(p)))
	if err := makeDir(filepath.Dir(name)); err != nil {
		return fmt.Errorf("put blob: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return fmt.Errorf("put blob: %w", err)
	}
	if err := errors.Join(fill(f, p, content), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("put blob: %w", err), os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return fmt.Errorf("put blob: %w", err)
	}
	return durable.SyncDir(filepath.Dir(name))
}

// fill writes content, which must be the part.
func fill(f *os.File, p Part, content io.Reader) error {
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(content, p.Size+1))
	if err != nil {
		return err
	}
	if n != p.Size || fmt.Sprintf("%x", sum.Sum(nil)) != p.SHA256 {
		return ErrMismatch
	}
	return errors.Join(f.Chmod(0o644), f.Sync())
}

// HasBlob reports whether a part is there with its size.
func (r *Repository) HasBlob(p Part) bool {
	info, err := os.Stat(filepath.Join(r.dir, publicDir, filepath.FromSlash(BlobName(p))))
	return err == nil && info.Mode().IsRegular() && info.Size() == p.Size
}

// baseBlobs adds the names of what the listed base releases need. A description
// that cannot be read keeps everything: nil, false.
func (r *Repository) baseBlobs(keep map[string]bool) bool {
	role, ok := r.at.roles[roleBase]
	if !ok {
		return true
	}
	for name, f := range role.Signed.Targets {
		content, err := os.ReadFile(filepath.Join(r.dir, publicDir, targetName(name, f.Hashes["sha256"])))
		if errors.Is(err, fs.ErrNotExist) {
			return false
		}
		base, err2 := ParseBase(content)
		if err != nil || err2 != nil {
			return false
		}
		for _, p := range base.Blobs() {
			keep[filepath.FromSlash(BlobName(p))] = true
		}
	}
	return true
}
