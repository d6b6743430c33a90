// Command userland builds the systems that sessions run on, or moves their
// locks to Debian's newest packages and says what changed.
//
//	userland build                 → build/userland/kiosk.json and its image
//	userland lock                  → images/userland/*/packages.lock
//
// `make image` and `make lock` run it from the top of the repository.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/mallette-kit/mallette/images/userland"
)

type flags struct {
	Recipe string   `help:"Folder of the recipe." default:"images/userland/kiosk"`
	Cache  string   `help:"Packages and images by their contents." default:"build/cache"`
	Build  buildCmd `cmd:"" help:"Build the image, or find it in the cache."`
	Lock   lockCmd  `cmd:"" help:"Move the lock to the newest packages and show the difference."`
}

type buildCmd struct {
	Out string `help:"Where image and description go." default:"build/userland"`
}

type lockCmd struct{}

func main() {
	var f flags
	command := kong.Parse(&f, kong.Description("The systems that sessions run on."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	command.BindTo(ctx, (*context.Context)(nil))
	err := command.Run(&f)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "userland:", err)
		os.Exit(1)
	}
}

// Run builds.
func (c *buildCmd) Run(ctx context.Context, f *flags) error {
	u, err := userland.Open(f.Recipe)
	if err != nil {
		return err
	}
	cache, err := filepath.Abs(f.Cache)
	if err != nil {
		return err
	}
	began := time.Now()
	d, err := u.Build(ctx, userland.Place{Cache: cache, Out: c.Out})
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d packages, %.1f MB, %s, after %s\n", d.Release, len(u.Lock), float64(d.Size)/1e6, d.SHA256, time.Since(began).Round(time.Second))
	return u.WriteLicences(filepath.Join(c.Out, u.Name+".licences.json"))
}

// Run moves the lock.
func (c *lockCmd) Run(ctx context.Context, f *flags) error {
	u, err := userland.Open(f.Recipe)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "lock")
	if err != nil {
		return err
	}
	changes, err := u.MoveLock(ctx, work)
	for _, change := range changes {
		fmt.Println(change)
	}
	return errors.Join(err, os.RemoveAll(work))
}
