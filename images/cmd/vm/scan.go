package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/mallette-kit/mallette/images/boot"
)

// plugged is how long the station is given to find a scanner that was plugged in.
const plugged = 5 * time.Second

// scan is the hand scanner: each line typed in the terminal is typed by a USB
// keyboard that is plugged in for it. It is pulled again, because QEMU gives the
// keys of the window to the keyboard plugged last.
func scan(ctx context.Context, vm *boot.VM, lines io.Reader) {
	for s := bufio.NewScanner(lines); s.Scan() && ctx.Err() == nil; {
		if s.Text() == "" {
			continue
		}
		if err := scanned(ctx, vm, s.Text()); err != nil {
			fmt.Println("  La douchette n'a pas pu lire ce code.")
		}
	}
}

func scanned(ctx context.Context, vm *boot.VM, code string) error {
	if err := vm.Plug(ctx, map[string]any{"driver": "usb-kbd", "id": "scanner", "bus": "usb.0"}); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return wait(ctx, plugged) },
		func() error { return vm.Type(ctx, code+"\n") },
		func() error { return wait(ctx, plugged) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return vm.Pull(ctx, "scanner")
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
