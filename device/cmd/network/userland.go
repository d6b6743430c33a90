package main

import (
	"context"
	"errors"
	"log/slog"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// userland is a system that has wpa_supplicant. It need not be this one: its
// own loader starts the program with its own libraries, so that no right to
// change the root is needed.
type userland struct {
	root string
	log  *slog.Logger
}

// errNoProgram says that the system has no wpa_supplicant, or is not there.
var errNoProgram = errors.New("no wpa_supplicant in the system")

// command finds the program and what starts it: in the system itself, or in one
// of those that are mounted below.
func (u userland) command() ([]string, error) {
	below, _ := filepath.Glob(filepath.Join(u.root, "*"))
	for _, root := range append([]string{u.root}, below...) {
		program := first(root, "usr/sbin/wpa_supplicant", "sbin/wpa_supplicant")
		loader := first(root, "usr/lib/*-linux-gnu*/ld-linux-*.so.*", "lib/*-linux-gnu*/ld-linux-*.so.*")
		if program != "" && loader != "" {
			return []string{loader, "--library-path", filepath.Dir(loader), program}, nil
		}
	}
	return nil, errNoProgram
}

// first is the first file that fits a pattern; "" when none does.
func first(root string, patterns ...string) string {
	for _, pattern := range patterns {
		if found, _ := filepath.Glob(filepath.Join(root, pattern)); len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

// start starts wpa_supplicant with no interface and no configuration: both are
// told on its socket. It dies with this program. Its own log is thrown away: it
// names every Wi-Fi that is heard.
func (u userland) start(ctx context.Context, global string) (<-chan error, error) {
	argv, err := u.command()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, argv[0], append(argv[1:], "-q", "-g", global)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	ended := make(chan error, 1)
	started := make(chan error, 1)
	go func() { // its death signal follows the thread that started it
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	u.log.Info("wifi program started")
	return ended, nil
}
