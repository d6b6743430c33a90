package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// self is this program, even where its new user could not find it by name.
const self = "/proc/self/exe"

// The hard limits of the reading program.
const (
	maxData  = 640 << 20 // bytes of memory; a 16-megapixel picture needs 200
	maxFiles = 128
)

// confine gives up what is not needed, then becomes the reading program.
// Landlock and no_new_privs hold for one thread, so they are taken on by one
// thread and kept by exec: all threads of the next program start with them.
func (c command) confine() error {
	runtime.LockOSThread()
	if err := limit(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up privileges: %w", err)
	}
	walled := c.wall().close()
	if walled != nil && !errors.Is(walled, errNoLandlock) {
		return walled
	}
	for _, env := range []string{socketEnv, openerEnv} {
		if f := inherited(env); f != nil {
			if err := pass(f, env); err != nil {
				return err
			}
		}
	}
	told := errors.Join(os.Setenv(stageEnv, stageRead), os.Setenv(wallEnv, strconv.FormatBool(walled == nil)))
	if told != nil {
		return fmt.Errorf("go on: %w", told)
	}
	return fmt.Errorf("go on: %w", unix.Exec(self, os.Args, os.Environ()))
}

// limit bounds memory and descriptors, and forbids a core file: it would hold
// codes.
func limit() error {
	limits := map[int]uint64{unix.RLIMIT_DATA: maxData, unix.RLIMIT_NOFILE: maxFiles, unix.RLIMIT_CORE: 0}
	for what, most := range limits {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("set limit %d: %w", what, err)
		}
	}
	return nil
}

// wall lists all that the reading program may touch in the file system.
func (c command) wall() wall {
	w := wall{}
	w.allow(self, mayRun)
	for _, libraries := range []string{"/lib", "/lib64", "/usr/lib"} { // when linked dynamically
		w.allow(libraries, mayRun)
	}
	w.allow("/sys", mayRead)
	devices := uint64(mayUse)
	if os.Getenv(openerEnv) != "" {
		devices = unix.LANDLOCK_ACCESS_FS_READ_DIR // the guard opens them
	}
	if !c.NoEvdev {
		w.allow("/dev/input", devices)
	}
	if !c.NoV4L {
		w.allow("/dev", devices)
	}
	if c.SimCamera != "" {
		w.allow(absolute(c.SimCamera), mayRead)
	}
	if c.SimScanner != "" {
		w.allow(absolute(c.SimScanner), mayUse)
	}
	return w
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
