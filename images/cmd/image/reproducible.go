package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
)

// errDiffers says that two builds of one commit are not the same.
var errDiffers = errors.New("two builds of this commit differ")

type reproducibleFlags struct {
	Only string `help:"Which image." enum:"pc,pi,virt" default:"pc"`
}

// Run builds the commit twice, in two folders whose paths have nothing in common,
// the second time with a compiler that remembers nothing, and compares.
func (r *reproducibleFlags) Run(ctx context.Context, f *flags, out io.Writer, log *slog.Logger) error {
	work, err := os.MkdirTemp("", "mallette-twice-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var sums []string
	for _, name := range []string{"one", "another/folder"} {
		sum, err := r.once(ctx, f.Repository, filepath.Join(work, name), log)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s  %s\n", sum, name)
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

// once builds the commit in the folder, with the packages that the repository has
// fetched already and no other result of earlier builds.
func (r *reproducibleFlags) once(ctx context.Context, repository, folder string, log *slog.Logger) (string, error) {
	b, err := (&buildFlags{Firmware: true, Userland: true}).builder(repository, log)
	if err != nil {
		return "", err
	}
	if b.Version, err = git(repository, "describe", "--tags", "--always"); err != nil {
		return "", err
	}
	if err := checkOut(ctx, b.Repository, folder); err != nil {
		return "", err
	}
	b.Repository = folder
	result, err := (&buildFlags{Only: r.Only}).images(b)[0](ctx)
	if err != nil {
		return "", err
	}
	return sumOf(result.Compressed)
}

// checkOut writes the commit's files into the folder and lets it share what was
// fetched from Debian.
func checkOut(ctx context.Context, repository, folder string) error {
	cache := filepath.Join(folder, "build", "cache")
	if err := os.MkdirAll(cache, 0o755); err != nil {
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
	for _, shared := range []string{"debian", "userland"} {
		if err := os.Symlink(filepath.Join(repository, "build", "cache", shared), filepath.Join(cache, shared)); err != nil {
			return err
		}
	}
	return nil
}

func sumOf(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
