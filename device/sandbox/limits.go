package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Limits says which limits hold. On the appliance all do; a developer's
// machine may give its controllers to the older hierarchy.
type Limits struct {
	Group     bool `json:"group"` // the session has a control group: its processes are countable
	Memory    bool `json:"memory"`
	Processes bool `json:"processes"`
}

// group is the control group of one session; nil where there is none.
type group struct {
	path string
	dir  *os.File
}

// openGroup makes a control group with the plan's limits, as far as the
// machine can.
func openGroup(plan Plan) (*group, Limits) {
	top := unifiedGroup()
	if top == "" {
		return nil, Limits{}
	}
	allow(top)
	path, err := os.MkdirTemp(top, "mallette-session-")
	if err != nil {
		return nil, Limits{}
	}
	dir, err := os.Open(path)
	if err != nil {
		_ = os.Remove(path)
		return nil, Limits{}
	}
	g := &group{path, dir}
	return g, Limits{Group: true, Memory: g.limitMemory(plan.Memory), Processes: g.limit("pids.max", int64(plan.Processes))}
}

// unifiedGroup is where version 2 is mounted, or "".
func unifiedGroup() string {
	f, err := os.Open("/proc/self/mounts")
	if err != nil {
		return ""
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) > 2 && words[2] == "cgroup2" {
			return words[1]
		}
	}
	return ""
}

// allow hands the controllers to the groups below. One that is not there is
// found missing when a limit is set.
func allow(top string) {
	text, err := os.ReadFile(filepath.Join(top, "cgroup.controllers"))
	if err != nil {
		return
	}
	for _, name := range []string{"memory", "pids"} {
		if slices.Contains(strings.Fields(string(text)), name) {
			_ = os.WriteFile(filepath.Join(top, "cgroup.subtree_control"), []byte("+"+name), 0)
		}
	}
}

// limitMemory also says that a session over its limit dies whole, so that no
// half of it stays on the screen, and that none of it is swapped to a disk.
func (g *group) limitMemory(n int64) bool {
	_ = g.write("memory.swap.max", "0")
	_ = g.write("memory.oom.group", "1")
	return g.limit("memory.max", n)
}

// limit reports whether the limit holds; none was asked for with 0.
func (g *group) limit(file string, n int64) bool {
	return n > 0 && g.write(file, strconv.FormatInt(n, 10)) == nil
}

func (g *group) write(file, text string) error {
	f, err := os.OpenFile(filepath.Join(g.path, file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// into has the process born in the group.
func (g *group) into(attr *syscall.SysProcAttr) {
	if g == nil {
		return
	}
	attr.UseCgroupFD, attr.CgroupFD = true, int(g.dir.Fd())
	attr.Cloneflags |= syscall.CLONE_NEWCGROUP
}

// close waits until no process is in the group and removes it.
func (g *group) close(ctx context.Context) error {
	if g == nil {
		return nil
	}
	defer g.dir.Close()
	_ = g.write("cgroup.kill", "1") // kernels before 5.14: the namespace did it
	for {
		err := os.Remove(g.path)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: processes in its control group: %w", ErrLeft, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
