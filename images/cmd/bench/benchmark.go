package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// errMissing says that a measure ran and did not print a figure.
var errMissing = errors.New("nothing printed it")

func orMissing(err error) error {
	if err == nil {
		return errMissing
	}
	return err
}

// benchmark is a benchmark of a package that prints its figures itself, because
// what it compares lives in other processes.
type benchmark struct {
	pkg  string
	name string // regular expression
	runs int
}

// run runs it as it is.
func (m benchmark) run(ctx context.Context, s *stand) ([]figure, error) { return m.with(ctx, s) }

// with runs it with more of an environment. It leaves nothing behind: what the
// benchmark starts is in its process group, and what it writes in the stand's
// folder.
func (m benchmark) with(ctx context.Context, s *stand, env ...string) ([]figure, error) {
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", m.name, "-benchtime", "1x",
		"-count", strconv.Itoa(m.runs), "-timeout", limit.String(), m.pkg)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	cmd.Env = append(append(os.Environ(), "TMPDIR="+s.dir), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	figures := medians(parseAll(out.Bytes()))
	if err != nil {
		return figures, fmt.Errorf("go test %s: %w\n%s%s", m.pkg, err, out.Bytes(), complaints.Bytes())
	}
	return figures, nil
}

func parseAll(out []byte) (list []figure) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if f, ok := parseFigure(lines.Text()); ok {
			list = append(list, f)
		}
	}
	return list
}
