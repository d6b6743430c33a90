// Command init is the first program of a station: the kernel starts it from the
// initramfs, and it ends by becoming gokrazy's init (package start). Started once
// more by itself as "init guardian" it watches over the start that goes on.
//
// It is static, small, and takes no flags: a station's kernel command line is
// described in provisioning/slot.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/mallette-kit/mallette/images/initramfs/start"
)

func main() {
	ctx := context.Background() // as long as the machine runs
	if len(os.Args) == 3 && os.Args[1] == "guardian" {
		if err := start.Guard(ctx, os.Args[2], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "guardian:", err)
			os.Exit(1)
		}
		return
	}
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "init: only a kernel starts this program")
		os.Exit(2)
	}
	first(ctx)
}

// first never returns: the kernel would panic, and with it the machine restart,
// but nobody would have been told.
func first(ctx context.Context) {
	s, err := start.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, "init:", err)
		time.Sleep(start.ReadingTime(start.Why(err)))
		os.Exit(1) // the kernel panics and restarts: counted
	}
	defer func() { s.GiveUp(fmt.Errorf("panic: %v", recover())) }()
	s.GiveUp(s.Run(ctx))
}
