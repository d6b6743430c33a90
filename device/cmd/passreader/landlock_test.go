package main_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	passreader "github.com/mallette-kit/mallette/device/cmd/passreader"
)

// TestWall restricts itself in a process of its own: it cannot be undone.
func TestWall(t *testing.T) {
	if dir := os.Getenv("WALLED"); dir != "" {
		behindWall(t, dir)
		return
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "picture"), nil, 0o600))
	cmd := exec.Command(os.Args[0], "-test.run=^TestWall$", "-test.v")
	cmd.Env = append(os.Environ(), "WALLED="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("behind the wall: %v\n%s", err, out)
	}
}

func behindWall(t *testing.T, dir string) {
	runtime.LockOSThread()
	err := passreader.Wall(dir)
	if errors.Is(err, passreader.ErrNoLandlock) {
		t.Log("this kernel has no Landlock: nothing to hold")
		return
	}
	must(t, err)
	if _, err := os.ReadFile(filepath.Join(dir, "picture")); err != nil {
		t.Errorf("read what is allowed = %v; want nil", err)
	}
	refused := map[string]func() error{
		"read another file": func() error { _, err := os.ReadFile("/etc/passwd"); return err },
		"write beside":      func() error { return os.WriteFile(filepath.Join(dir, "new"), nil, 0o600) },
		"list the root":     func() error { _, err := os.ReadDir("/"); return err },
		"run a program":     func() error { return exec.Command("/bin/true").Run() },
	}
	for what, try := range refused {
		if err := try(); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s = %v; want permission denied", what, err)
		}
	}
}
