package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/mallette-kit/mallette/provisioning/artefact"
)

// errNoParts says that there is nothing to begin with.
var errNoParts = errors.New("make image comes first")

// twoReleases are the folders of parts of two releases, the older first: the last
// two that were built, or the only one and one that is built of this commit under
// another name. Every program tells its release, so that all of them change. The
// caller calls done.
func twoReleases(ctx context.Context) (old, next string, done func() error, err error) {
	found, err := partsBuilt(filepath.Join("build", "images", "parts"))
	switch {
	case err != nil:
		return "", "", nil, err
	case len(found) == 0:
		return "", "", nil, errNoParts
	case len(found) > 1:
		return found[len(found)-2], found[len(found)-1], func() error { return nil }, nil
	}
	top, err := copied(ctx)
	if err != nil {
		return "", "", nil, err
	}
	done = func() error { return os.RemoveAll(top) }
	if next, err = another(ctx, top); err != nil {
		return "", "", nil, errors.Join(err, done())
	}
	return found[0], next, done, nil
}

// another makes the parts of a copy of this commit, as a release of another name.
func another(ctx context.Context, top string) (string, error) {
	build := exec.CommandContext(ctx, "build/bin/image", "parts", "--release", "bench-next")
	build.Dir = top
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("image parts: %w: %s", err, said)
	}
	made, err := partsBuilt(filepath.Join(top, "build", "images", "parts"))
	if err != nil || len(made) == 0 {
		return "", errors.Join(artefact.ErrParts, err)
	}
	return made[len(made)-1], nil
}

// partsBuilt are the folders of parts, in the order of their making.
func partsBuilt(dir string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "pc-*", artefact.FileParts))
	if err != nil {
		return nil, err
	}
	made := map[string]artefact.Parts{}
	for i, file := range found {
		found[i] = filepath.Dir(file)
		if made[found[i]], err = artefact.ReadParts(found[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b string) int { return made[a].Made.Compare(made[b].Made) })
	return found, nil
}
