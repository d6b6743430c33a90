package screens_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// bin returns the folder of the programs, built once from the source as it is,
// so that no story is told by an old one.
func bin(t testing.TB) string {
	t.Helper()
	dir, err := build()
	if err != nil {
		t.Fatalf("build the programs: %v", err)
	}
	return dir
}

var build = sync.OnceValues(func() (string, error) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "build", "screens"))
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-o", dir+"/",
		"./fleet/cmd/...", "./provisioning/cmd/...", "./device/cmd/...", "./images/cmd/demo")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return dir, cmd.Run()
})
