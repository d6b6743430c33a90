package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/images/stage"
)

// theDemo: starts, says 'words', stops. What "make run" does, on ports of its own.
func theDemo(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	act(ts, neg, "demo", args, map[string]func([]string) error{
		"starts": nothing(func() error { return s.startDemo(ts) }),
		"stops":  nothing(func() error { return s.stopDemo(ts) }),
		"lists": func(args []string) error {
			list, err := output(filepath.Join(bin, "kitctl"), "--admin", filepath.Join(s.dir, "demo", "fleet", "admin.sock"), "station", "list")
			if err == nil && strings.Count(list, stage.Kit) != 1 {
				err = fmt.Errorf("stations of the demonstration: %s", list)
			}
			return err
		},
	})
}

type demo struct {
	*stage.Program
	ports []string
}

func (s *story) startDemo(ts *testscript.TestScript) error {
	if s.demo == nil {
		s.demo = &demo{}
		for range 4 {
			address, err := stage.Port()
			if err != nil {
				return err
			}
			_, port, _ := strings.Cut(address, ":")
			s.demo.ports = append(s.demo.ports, port)
		}
	}
	env := []string{"MALLETTE_BIN=" + bin, "MALLETTE_DEMO=" + filepath.Join(s.dir, "demo")}
	for i, name := range []string{"FLEET", "CONSOLE", "KIOSK", "METRICS"} {
		env = append(env, "MALLETTE_"+name+"_PORT="+s.demo.ports[i])
	}
	program, err := stage.Run(filepath.Join(bin, "demo"), nil, env, s.said.of("demo"))
	if err != nil {
		return err
	}
	s.demo.Program = program
	s.starts++
	return program.Await(context.Background(), patience, func(context.Context) error {
		if s.said.times("demo", "Ctrl-C arrête tout") < s.starts {
			return errors.New("no welcome yet")
		}
		return nil
	})
}

// stopDemo presses Ctrl-C and looks for what stays behind.
func (s *story) stopDemo(ts *testscript.TestScript) error {
	if err := unix.Kill(s.demo.PID(), unix.SIGINT); err != nil {
		return err
	}
	select {
	case <-s.demo.Done():
	case <-time.After(patience):
		return errors.New("the demonstration does not stop")
	}
	if err := s.demo.Err(); err != nil {
		return err
	}
	for _, port := range s.demo.ports {
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			return fmt.Errorf("a port stays behind: %w", err)
		}
		listener.Close()
	}
	return s.nobodyLeft()
}

// nobodyLeft looks for processes that still work in the demonstration's folder.
func (s *story) nobodyLeft() error {
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return err
	}
	for _, file := range lines {
		text, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(text), filepath.Join(s.dir, "demo")) {
			return fmt.Errorf("a process stays behind: %q", text)
		}
	}
	return nil
}
