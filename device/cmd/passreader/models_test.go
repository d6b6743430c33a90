package main_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestModelsOfAFile: what the file says reaches the stage that may not read it;
// a line that is no model is left out, and a file that is not there is none.
func TestModelsOfAFile(t *testing.T) {
	program := build(t)
	for _, c := range []struct {
		name, text string
		refused    int
	}{
		{"models", "1a2b:3c4d\n\ndouchette\n", 0},
		{"nonsense", "1\n0c2e\n", 1},
		{"none", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "scanners")
			if c.text != "" {
				must(t, os.WriteFile(file, []byte(c.text), 0o600))
			}
			cmd := exec.Command(program, "--run", filepath.Join(dir, "run"), "--scanners", file)
			stderr, err := cmd.StderrPipe()
			must(t, err)
			must(t, cmd.Start())
			refused := 0
			for lines := bufio.NewScanner(stderr); lines.Scan(); {
				if strings.Contains(lines.Text(), "scanner not understood") {
					refused++
				}
				if strings.Contains(lines.Text(), "passreader started") {
					must(t, cmd.Process.Signal(syscall.SIGTERM))
				}
			}
			_ = cmd.Wait()
			if refused != c.refused {
				t.Errorf("%d lines not understood; want %d", refused, c.refused)
			}
		})
	}
}
