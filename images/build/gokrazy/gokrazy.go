// Package gokrazy lets gok, as a pinned library, build a station's root: our
// programs, gokrazy's init and the few files it needs. gok keeps state, changes
// directory and ends the process when it fails, so it runs in a process of its
// own: the command that builds images starts itself again as "gok". What comes
// out is gok's own squashfs, which the image remakes.
package gokrazy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/gokrazy/tools/gok"
)

// Module is this repository's; its programs are built from the tree at hand.
const Module = "github.com/mallette-kit/mallette"

// kernelPackage is the Go package in which gok looks for a kernel that is none
// of gokrazy's: it only reads the architecture from it.
const kernelPackage = "kernel.invalid/debian"

// Instance is one gokrazy configuration to build.
type Instance struct {
	Repository string    // the repository's root; gok is started there
	Name       string    // folder below images, and below build where it is prepared
	Kernel     string    // kernel file to check the architecture against; "" for the one named in the configuration
	Version    string    // what the programs answer to --version
	Date       time.Time // build time that the programs hold, the commit's
	Log        io.Writer // what gok and the compiler say
}

// Serve is gok, for the process started by Root.
func Serve(ctx context.Context, args []string) error {
	return gok.Context{Args: args}.Execute(ctx)
}

// Root prepares the instance in build/<name> and has program, which calls Serve
// for the argument "gok", write the root file system to the file named out. Boot
// files of a Raspberry Pi go to boot, if that is not empty.
func (i Instance) Root(ctx context.Context, program, out, boot string) error {
	if err := i.prepare(); err != nil {
		return fmt.Errorf("prepare gokrazy instance: %w", err)
	}
	args := []string{"--root", out}
	if boot != "" {
		args = append(args, "--boot", boot)
	}
	return i.gok(ctx, program, args...)
}

func (i Instance) gok(ctx context.Context, program string, args ...string) error {
	return i.run(ctx, i.Repository, append([]string{program, "gok", "overwrite", "--parent_dir", "build", "-i", i.Name}, args...)...)
}

func (i Instance) run(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, i.Log, i.Log
	cmd.Env = append(os.Environ(), "GOFLAGS="+i.goflags(), "CGO_ENABLED=0", "GOWORK=off", "TZ=UTC")
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(args[0]), args[1], err)
	}
	return nil
}

// goflags makes every program the same wherever and whenever it is compiled.
func (i Instance) goflags() string {
	return fmt.Sprintf("-trimpath -buildvcs=false '-ldflags=-s -w -buildid= -X=main.version=%s -X=main.buildTimestamp=%s'",
		i.Version, i.Date.UTC().Format(time.RFC3339))
}

func (i Instance) source(parts ...string) string {
	return filepath.Join(append([]string{i.Repository, "images", i.Name}, parts...)...)
}

func (i Instance) work(parts ...string) string {
	return filepath.Join(append([]string{i.Repository, "build", i.Name}, parts...)...)
}

func (i Instance) prepare() error {
	return errors.Join(
		os.RemoveAll(i.work()),
		os.MkdirAll(i.work(), 0o755),
		i.config(),
		os.CopyFS(i.work("builddir"), os.DirFS(i.source("builddir"))),
		i.ours(),
		i.kernel(),
		i.init(),
	)
}

// read returns the configuration with the release's name where it says {release}.
func (i Instance) read() ([]byte, error) {
	b, err := os.ReadFile(i.source("config.json"))
	return bytes.ReplaceAll(b, []byte("{release}"), []byte(i.Version)), err
}

// config copies config.json, naming our first program and the kernel's stand-in
// where there is one.
func (i Instance) config() error {
	b, err := i.read()
	if err != nil {
		return err
	}
	fields := map[string]any{}
	if err := json.Unmarshal(b, &fields); err != nil {
		return fmt.Errorf("config.json: %w", err)
	}
	if i.Kernel != "" {
		fields["KernelPackage"] = kernelPackage
	}
	fields["InternalCompatibilityFlags"] = map[string]any{"InitPkg": initPackage}
	if b, err = json.MarshalIndent(fields, "", "    "); err != nil {
		return err
	}
	return os.WriteFile(i.work("config.json"), b, 0o644)
}

// ours makes the module in which our programs are built from the repository's
// own go.mod and go.sum, so that a station runs with what was tested. The path
// back is relative: programs record it.
func (i Instance) ours() error {
	mod, err := os.ReadFile(filepath.Join(i.Repository, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(i.Repository, "go.sum"))
	if err != nil {
		return err
	}
	dir := i.work("builddir", Module)
	back := strings.Repeat("../", 3+strings.Count(Module, "/")+1)
	text := strings.Replace(string(mod), "module "+Module, "module gokrazy/build/mallette", 1) +
		fmt.Sprintf("\nrequire %s v0.0.0\n\nreplace %s => %s\n", Module, Module, path.Clean(back))
	return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644),
		os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644))
}

func (i Instance) kernel() error {
	if i.Kernel == "" {
		return nil
	}
	b, err := os.ReadFile(i.Kernel)
	if err != nil {
		return err
	}
	dir := i.work("builddir", kernelPackage)
	return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "vmlinuz"), b, 0o644),
		os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module "+kernelPackage+"\n\ngo 1.26.0\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "kernel.go"), []byte("package debian\n"), 0o644))
}
