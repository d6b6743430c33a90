package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/mallette-kit/mallette/images/build/cache"
)

// errDiffers says that two builds of one commit are not the same.
var errDiffers = errors.New("two builds of this commit differ")

type reproducibleFlags struct {
	Only string `help:"Which image." enum:"pc,pi,virt" default:"pc"`
}

// twice are the folders, whose paths have nothing in common, and what a build in
// each may take from the repository's cache: what was fetched from Debian, and
// the first time also a userland that was made earlier, which takes as long as
// all the rest.
func twice() []place {
	return []place{{"one", []string{"debian", "userland"}}, {"another/folder", []string{"debian"}}}
}

type place struct {
	name   string
	shared []string
}

// Run builds the commit twice, the second time with a compiler that remembers
// nothing and a userland made anew, and compares.
func (r *reproducibleFlags) Run(ctx context.Context, f *flags, out io.Writer, log *slog.Logger) error {
	work, err := os.MkdirTemp("", "mallette-twice-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var sums []string
	for _, p := range twice() {
		sum, err := r.once(ctx, f.Repository, filepath.Join(work, p.name), p.shared, log)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s  %s\n", sum, p.name)
		sums = append(sums, sum)
		if err := os.Setenv("GOCACHE", filepath.Join(work, "compiler")); err != nil {
			return err
		}
	}
	if sums[0] != sums[1] {
		return errDiffers
	}
	return nil
}

// once builds the commit in the folder, with what is shared of the repository's
// cache and no other result of earlier builds.
func (r *reproducibleFlags) once(ctx context.Context, repository, folder string, shared []string, log *slog.Logger) (string, error) {
	b, err := (&sourceFlags{Firmware: true, Userland: true}).builder(repository, log)
	if err != nil {
		return "", err
	}
	if b.Version, err = git(repository, "describe", "--tags", "--always"); err != nil {
		return "", err
	}
	if err := checkOut(ctx, b.Repository, folder, shared); err != nil {
		return "", err
	}
	b.Repository = folder
	result, err := (&buildFlags{Only: r.Only}).images(b)[0](ctx)
	if err != nil {
		return "", err
	}
	return cache.Sum(result.Compressed)
}

// checkOut writes the commit's files into the folder and lets it share some of the
// repository's cache.
func checkOut(ctx context.Context, repository, folder string, shared []string) error {
	own := filepath.Join(folder, "build", "cache")
	if err := os.MkdirAll(own, 0o755); err != nil {
		return err
	}
	archive := exec.CommandContext(ctx, "git", "-C", repository, "archive", "HEAD")
	tar := exec.CommandContext(ctx, "tar", "-x", "-C", folder)
	var err error
	if tar.Stdin, err = archive.StdoutPipe(); err != nil {
		return err
	}
	if err := errors.Join(tar.Start(), archive.Run(), tar.Wait()); err != nil {
		return fmt.Errorf("write the commit's files: %w", err)
	}
	for _, name := range shared {
		if err := os.Symlink(filepath.Join(repository, "build", "cache", name), filepath.Join(own, name)); err != nil {
			return err
		}
	}
	return nil
}
