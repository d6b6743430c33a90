package main_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestRootIsGivenUp starts the program as a station does. Started by a user
// without rights, it has none to give up and says so.
func TestRootIsGivenUp(t *testing.T) {
	program, want := build(t), "uid=65534"
	if uid := os.Geteuid(); uid != 0 {
		want = fmt.Sprint("uid=", uid)
	}
	cmd := exec.Command(program, "--run", filepath.Join(t.TempDir(), "run"))
	stderr, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(stderr)
	started := ""
	for started == "" && lines.Scan() {
		if strings.Contains(lines.Text(), "passreader started") {
			started = lines.Text()
		}
	}
	if !strings.HasSuffix(started, want) && !strings.Contains(started, want+" ") {
		t.Errorf("log = %s; want %s", started, want)
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	for lines.Scan() { // both programs hold the pipe: it ends when both have
		continue
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 1 {
		t.Errorf("exit status = %d; want 1", got)
	}
}

// TestReaderEndsWithItsGuard kills the program that stays root.
func TestReaderEndsWithItsGuard(t *testing.T) {
	cmd := exec.Command(build(t), "--run", filepath.Join(t.TempDir(), "run"))
	stderr, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "passreader started") {
			must(t, cmd.Process.Kill())
		}
	} // the pipe ends: nobody is left
	_ = cmd.Wait()
}
