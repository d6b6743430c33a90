package build

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/images/build/loader"
	"github.com/mallette-kit/mallette/images/build/lock"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Format makes a data partition that carries the folder's files.
func (b *Builder) Format(ctx context.Context, from, dir string) error {
	return b.format(ctx, from, dir)
}

// Seal makes a root of the folder and returns what names it.
func (b *Builder) Seal(ctx context.Context, folder, dir string) (file string, v slot.Verity, err error) {
	if err := b.seal(ctx, folder, dir, sha256.Sum256([]byte("salt"))); err != nil {
		return "", v, err
	}
	text, err := os.ReadFile(filepath.Join(dir, rootVerity))
	if err != nil {
		return "", v, err
	}
	return filepath.Join(dir, rootImage), v, json.Unmarshal(text, &v)
}

// Lay makes a disk of a folder with a root, a container and a data partition.
func (b *Builder) Lay(out, root, container, perm string, size int64, files map[string][]byte, bios loader.BIOS) error {
	p := &pc{Builder: b, root: root, container: container, perm: permanent{perm, size}}
	return p.lay(out, files, bios)
}

// Wanted is what a builder takes of a lock.
func (b *Builder) Wanted(l lock.Lock) lock.Lock { return b.wanted(l) }

// Compress is compress.
var Compress = compress

// Zones writes civil times into a tree.
func (b *Builder) Zones(ctx context.Context, tree string) error { return b.zones(ctx, tree) }
