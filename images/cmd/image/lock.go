package main

import (
	"context"
	"fmt"
	"io"

	"github.com/mallette-kit/mallette/images/build"
	"github.com/mallette-kit/mallette/images/userland"
)

type lockFlags struct{}

// Run moves the locks of the images and of the userland.
func (l *lockFlags) Run(ctx context.Context, f *flags, out io.Writer) error {
	for _, image := range []string{"kiosk-pc", "kiosk-pi", "kiosk-virt"} {
		changes, err := build.MoveLock(ctx, f.Repository, image)
		if err != nil {
			return err
		}
		tell(out, image, changes)
	}
	u, err := userland.Open(f.Repository + "/images/userland/kiosk")
	if err != nil {
		return err
	}
	changes, err := u.MoveLock(ctx, f.Repository+"/build/cache/apt/userland")
	if err != nil {
		return err
	}
	tell(out, "userland/kiosk", changes)
	return nil
}

func tell(out io.Writer, image string, changes []string) {
	if len(changes) == 0 {
		fmt.Fprintf(out, "%s: rien n’a changé\n", image)
	}
	for _, c := range changes {
		fmt.Fprintf(out, "%s: %s\n", image, c)
	}
}
