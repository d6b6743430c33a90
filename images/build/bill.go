package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/images/build/cache"
	"github.com/mallette-kit/mallette/images/build/lock"
	"github.com/mallette-kit/mallette/images/build/sbom"
)

// noticesFile holds the licences of all Go modules, on the root.
const noticesFile = "usr/share/doc/mallette/licences.txt"

// notices writes the licence texts of what the root's programs are made of.
func (b *Builder) notices(ctx context.Context, tree string) error {
	downloaded, modules, err := b.modules(ctx, tree)
	if err != nil {
		return err
	}
	own, err := os.ReadFile(b.path("LICENSE"))
	if err != nil {
		return err
	}
	text := append(append([]byte("==== Mallette ====\n\n"), own...), '\n')
	return write(filepath.Join(tree, noticesFile), append(text, sbom.Notices(downloaded, modules)...), 0o444)
}

// modules lists what the programs of a root are made of, and where the compiler
// keeps what it downloaded.
func (b *Builder) modules(ctx context.Context, tree string) (downloaded string, all []sbom.Module, err error) {
	var programs []string
	for _, folder := range []string{"gokrazy", "user"} {
		found, err := filepath.Glob(filepath.Join(tree, folder, "*"))
		if err != nil {
			return "", nil, err
		}
		programs = append(programs, found...)
	}
	cmd := exec.CommandContext(ctx, "go", "env", "GOMODCACHE")
	cmd.Dir = b.Repository
	out, err := cmd.Output()
	if err != nil {
		return "", nil, fmt.Errorf("go env: %w", err)
	}
	downloaded = strings.TrimSpace(string(out))
	all, err = sbom.Modules(downloaded, programs...)
	return downloaded, all, err
}

// bill writes the SPDX document of an image that has been published as the file.
func (b *Builder) bill(ctx context.Context, name, published, tree string, locks map[string]lock.Lock) ([]byte, error) {
	sum, err := cache.Sum(published)
	if err != nil {
		return nil, err
	}
	_, modules, err := b.modules(ctx, tree)
	if err != nil {
		return nil, err
	}
	doc := sbom.Bill{Image: name, Version: b.Version, Date: b.Date, SHA256: sum, Modules: modules}
	for _, from := range slices.Sorted(maps.Keys(locks)) {
		for _, p := range locks[from] {
			terms, err := b.terms(tree, p.Name)
			if err != nil {
				return nil, err
			}
			doc.Packages = append(doc.Packages, sbom.Package{Package: p, From: from, Terms: terms})
		}
	}
	return doc.Encode()
}

// terms reads what a package's copyright file, if the root has it, says.
func (b *Builder) terms(tree, name string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(tree, "usr", "share", "doc", name, "copyright"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return sbom.Terms(string(text)), err
}
