package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/images/build"
)

type buildFlags struct {
	Only string `help:"Make only this image." enum:"pc,pi,virt," default:""`
	sourceFlags
}

// sourceFlags say what goes into an image and what it is called.
type sourceFlags struct {
	Release  string `help:"Name of the release; by default what git describe says of the commit." placeholder:"NAME"`
	Firmware bool   `help:"Take along firmware that is redistributable but not free; without it many Wi-Fi and graphics chips stay dark." default:"true" negatable:""`
	Userland bool   `help:"Take along the kiosk's userland." default:"true" negatable:""`
	Refresh  bool   `help:"When a locked package has left the mirror, take the newest, warn, and go on."`
}

func (b *buildFlags) Run(ctx context.Context, f *flags, out io.Writer, log *slog.Logger) error {
	builder, err := b.builder(f.Repository, log)
	if err != nil {
		return err
	}
	for _, image := range b.images(builder) {
		result, err := image(ctx)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%s\n%s\n\n", result.Report.Text(), result.Compressed); err != nil {
			return err
		}
	}
	return nil
}

// images are what to make, PC first. The one for QEMU is for tests and made only
// when it is named.
func (b *buildFlags) images(builder *build.Builder) []func(context.Context) (build.Result, error) {
	switch b.Only {
	case "pc":
		return []func(context.Context) (build.Result, error){builder.PC}
	case "pi":
		return []func(context.Context) (build.Result, error){builder.Pi}
	case "virt":
		return []func(context.Context) (build.Result, error){builder.Virt}
	}
	return []func(context.Context) (build.Result, error){builder.PC, builder.Pi}
}

type partsFlags struct {
	sourceFlags
}

// Run makes no disk image: a release for stations that exist needs none.
func (p *partsFlags) Run(ctx context.Context, f *flags, out io.Writer, log *slog.Logger) error {
	builder, err := p.builder(f.Repository, log)
	if err != nil {
		return err
	}
	dir, err := builder.PCParts(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, dir)
	return err
}

func (b *sourceFlags) builder(repository string, log *slog.Logger) (*build.Builder, error) {
	root, err := filepath.Abs(repository)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	version := b.Release
	if version == "" {
		if version, err = git(root, "describe", "--tags", "--always", "--dirty"); err != nil {
			return nil, err
		}
	}
	date, err := epoch(root)
	if err != nil {
		return nil, err
	}
	return &build.Builder{Repository: root, Program: self, Version: version, Date: date, Firmware: b.Firmware, Userland: b.Userland, Refresh: b.Refresh, Log: log}, nil
}

// epoch is the time that everything in an image carries: SOURCE_DATE_EPOCH, or
// the commit's.
func epoch(repository string) (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		var err error
		if text, err = git(repository, "log", "-1", "--format=%ct"); err != nil {
			return time.Time{}, err
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

func git(repository string, args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", repository}, args...)...).Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}
