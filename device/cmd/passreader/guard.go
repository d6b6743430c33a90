package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/mallette-kit/mallette/hardware/reader/evdev"
	"github.com/mallette-kit/mallette/hardware/reader/opener"
)

// The stages of the program and what one passes to the next.
const (
	stageEnv     = "MALLETTE_PASSREADER_STAGE"
	stageConfine = "confine"
	stageRead    = "read"
	socketEnv    = "MALLETTE_PASSREADER_SOCKET"
	openerEnv    = "MALLETTE_PASSREADER_OPENER"
	wallEnv      = "MALLETTE_PASSREADER_LANDLOCK"
)

// drops reports whether root is given up. A simulation runs as whoever
// started it: its folder may be where no other user can go.
func (c command) drops() bool {
	return os.Geteuid() == 0 && c.UID != 0 && c.SimCamera == "" && c.SimScanner == ""
}

// guard starts the reading program as another user and stays behind with the
// rights, to do one thing: open the scanners and cameras that are plugged in.
func (c command) guard(ctx context.Context, ln *os.File, scanners evdev.Scanners) error {
	server, client, err := opener.Pair()
	if err != nil {
		return err
	}
	child := c.reader(ctx, ln, client)
	if err := child.Start(); err != nil {
		return fmt.Errorf("start reading: %w", err)
	}
	client.Close()
	ln.Close()
	policy := opener.Policy{Cameras: !c.NoV4L}
	if !c.NoEvdev {
		policy.Scanner = scanners.Knows
	}
	served := opener.Serve(server, policy)
	if err := child.Wait(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("reading ended: %w", err)
	}
	return served
}

// reader is this program again, as nobody, with two descriptors.
func (c command) reader(ctx context.Context, ln, asker *os.File) *exec.Cmd {
	child := exec.CommandContext(ctx, self, os.Args[1:]...)
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = 5 * time.Second
	child.Env = append(os.Environ(), stageEnv+"="+stageConfine, socketEnv+"=3", openerEnv+"=4")
	child.Stderr = os.Stderr
	child.ExtraFiles = []*os.File{ln, asker}
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: c.UID, Gid: c.GID}}
	return child
}
