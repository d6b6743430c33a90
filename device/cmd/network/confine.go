package main

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// stageEnv says that the rights have been given up.
const stageEnv = "MALLETTE_NETWORK_STAGE"

// confine gives up every right but the three that a network takes, then becomes
// this program again. Rights belong to a thread and are kept by exec, so one
// thread gives them up and all threads of the next program start without them.
// What it starts later, wpa_supplicant, has no more.
func (f flags) confine() error {
	runtime.LockOSThread()
	for _, dir := range []string{f.Data, f.Run} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make directories: %w", err)
		}
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core files: %w", err) // they would hold secrets
	}
	if err := drop(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up rights: %w", err)
	}
	if err := os.Setenv(stageEnv, "keep"); err != nil {
		return fmt.Errorf("give up rights: %w", err)
	}
	return fmt.Errorf("give up rights: %w", unix.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// kept are the rights of the program.
func kept(c uintptr) bool {
	return c == unix.CAP_NET_ADMIN || c == unix.CAP_NET_RAW || c == unix.CAP_SYS_TIME
}

// drop takes the others out of what any program after this one may have.
func drop() error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if kept(c) {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL {
			return fmt.Errorf("give up right %d: %w", c, err)
		}
	}
	return nil
}
