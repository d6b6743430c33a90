package boot_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// within bounds a test's waiting by minutes.
func within(t *testing.T, minutes int) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(minutes)*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// soaking says that the long set was asked for: make soak.
func soaking() bool { return os.Getenv("MALLETTE_SOAK") != "" }

// pcImage is a second name of the image that "make image" made, so that another
// build beside the tests does not change what they started from.
var pcImage string

func TestMain(m *testing.M) { os.Exit(begin(m)) }

func begin(m *testing.M) int {
	dir := filepath.Join("..", "..", "build", "boot")
	pcImage = filepath.Join(dir, fmt.Sprintf("image-%d.img", os.Getpid()))
	defer os.Remove(pcImage)
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.Link(filepath.Join("..", "..", "build", "images", "mallette-pc-amd64.img"), pcImage)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "keep the image:", err)
		return 1
	}
	return m.Run()
}
