// Package needs says what a test needs of the machine that it runs on: a program
// of another package, root's rights, something of the kernel, a disk that is soon
// full.
//
// Where that is missing the test is skipped with the reason, and under CI=true it
// fails: there nothing is left out. Only tests import it.
package needs

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// Missing ends a test that lacks something; why says what.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why + ", and CI leaves nothing out")
	}
	t.Skip(why)
}

// Root ends a test that is not run by root; why says what only root may do.
func Root(t testing.TB, why string) {
	t.Helper()
	if os.Geteuid() != 0 {
		Missing(t, "needs root: "+why)
	}
}

// Program returns where a program is; pack is the Debian package that brings it.
func Program(t testing.TB, name, pack string) (path string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" is not installed (package "+pack+")")
	}
	return path
}

// SmallDisk returns an empty disk in memory of so many bytes, for tests that fill
// it.
func SmallDisk(t testing.TB, bytes int) (dir string) {
	t.Helper()
	Root(t, "mount a small disk")
	dir = t.TempDir()
	if err := syscall.Mount("small", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}
