package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/mallette-kit/mallette/images/boot"
)

// pcImages builds the PC image of this commit beside what was built before: under
// a name of its own, then once more; and switches a machine on with it. What is
// not of this repository (Debian's packages, the userland, the kernel's modules)
// is taken as "make image" left it.
func pcImages(ctx context.Context, s *stand) (figures []figure, err error) {
	top, err := copied(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(top)) }()
	for _, name := range []string{"image_build_new_release", "image_build_again"} {
		begun := time.Now()
		build := exec.CommandContext(ctx, "build/bin/image", "build", "--only", "pc", "--release", "bench")
		build.Dir = top
		if said, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("image build: %w: %s", err, said)
		}
		figures = append(figures, plain(name, time.Since(begun).Seconds(), "s"))
	}
	sizes, err := reported(filepath.Join(top, "build", "images", "mallette-pc-amd64.report.txt"))
	if err != nil {
		return nil, err
	}
	started, err := switchedOn(ctx, s, filepath.Join(top, "build", "images", "mallette-pc-amd64.img"))
	return append(append(figures, sizes...), started...), err
}

// copied makes a copy of this commit in build/bench, with the program that builds
// images and what "make image" left for it. The caller removes it.
func copied(ctx context.Context) (top string, err error) {
	const cached = "build/cache"
	if _, err := os.Stat(cached); err != nil {
		return "", errNoParts
	}
	top = filepath.Join("build", "bench") // on the cache's file system
	for _, c := range [][]string{{"rm", "-rf", top}, {"git", "clone", "-q", "--shared", ".", top}, {"mkdir", filepath.Join(top, "build")},
		{"cp", "-al", cached, filepath.Join(top, cached)}, {"go", "build", "-C", top, "-trimpath", "-o", "build/bin/image", "./images/cmd/image"}} {
		if said, err := exec.CommandContext(ctx, c[0], c[1:]...).CombinedOutput(); err != nil {
			return "", errors.Join(fmt.Errorf("%s: %w: %s", c[0], err, said), os.RemoveAll(top))
		}
	}
	return top, nil
}

// reported reads the sizes that a build's report tells.
func reported(report string) (list []figure, err error) {
	text, err := os.ReadFile(report)
	if err != nil {
		return nil, err
	}
	for name, line := range map[string]string{"image_root": "root with hash tree", "image_kernel": "kernel container", "image_size": "disk image, compressed"} {
		found := regexp.MustCompile(`(?m)^` + line + ` +([0-9.]+) MiB`).FindSubmatch(text)
		if found == nil {
			return nil, fmt.Errorf("the report lacks %q", line)
		}
		size, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			return nil, err
		}
		list = append(list, plain(name, size, "MiB"))
	}
	return list, nil
}

// switchedOn starts a machine as it comes from the tool that writes sticks, and
// looks at its screen.
func switchedOn(ctx context.Context, s *stand, image string) ([]figure, error) {
	dir, err := s.room("machine")
	if err != nil {
		return nil, err
	}
	empty, err := s.room("accelerator")
	if err != nil {
		return nil, err
	}
	disk := filepath.Join(dir, "disk.qcow2")
	if err := boot.Overlay(ctx, image, disk, 8<<30); err != nil {
		return nil, err
	}
	machine := boot.Machine{Dir: dir, Accel: boot.Accelerator(ctx, empty), Disks: []boot.Disk{{File: disk}}}
	begun := time.Now()
	vm, err := machine.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer vm.Close()
	if _, err := vm.AwaitScreen(ctx, boot.HomePage); err != nil {
		return nil, err
	}
	return []figure{plain("switched_on_to_home_page", time.Since(begun).Seconds(), "s")}, nil
}
