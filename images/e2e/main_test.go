package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// bin is the folder of the programs that the stories run, made by TestMain
// from the sources as they are.
var bin string

func TestMain(m *testing.M) { os.Exit(build(m)) }

// build makes every program as a release does, runs the tests and cleans up.
func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mallette-bin-")
	if err == nil {
		defer os.RemoveAll(dir)
		bin = dir
		err = compile(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the programs:", err)
		return 1
	}
	return m.Run()
}

func compile(dir string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-o", dir+string(filepath.Separator),
		"./fleet/cmd/...", "./provisioning/cmd/...", "./device/cmd/...", "./images/cmd/demo")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}
