package main_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/mallette-kit/mallette/device/scan"
	"github.com/mallette-kit/mallette/device/scan/scantest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// build builds the program once for a test.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "passreader")
	out, err := exec.Command("go", "build", "-ldflags", "-X main.version=1.2.3", "-o", program, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// station is a running program with simulated devices.
type station struct {
	dir      string
	process  *exec.Cmd
	log      *strings.Builder
	readings chan scan.Reading
	readers  chan []string
	logged   chan bool
}

func start(t *testing.T, program, dir string) *station {
	t.Helper()
	s := &station{dir: dir, log: new(strings.Builder), readings: make(chan scan.Reading, 8), readers: make(chan []string, 32), logged: make(chan bool)}
	s.process = exec.Command(program, "--run", filepath.Join(dir, "run"), "--no-evdev", "--no-v4l",
		"--sim-camera", filepath.Join(dir, "camera"), "--sim-scanner", filepath.Join(dir, "scanner"))
	stderr, err := s.process.StderrPipe()
	must(t, err)
	must(t, s.process.Start())
	started := make(chan bool)
	go s.follow(bufio.NewScanner(stderr), started)
	<-started
	ctx, cancel := context.WithCancel(context.Background())
	listening := make(chan error)
	up := make(chan bool, 8)
	l := scan.Listener{Socket: filepath.Join(dir, "run", "reader.sock"), Connected: func(c bool) { up <- c }, Readers: func(names []string) { s.readers <- names }}
	go func() { listening <- l.Run(ctx, func(r scan.Reading) { s.readings <- r }) }()
	<-up
	t.Cleanup(func() { cancel(); <-listening })
	return s
}

func (s *station) follow(lines *bufio.Scanner, started chan<- bool) {
	defer close(s.logged)
	begun := false
	for lines.Scan() {
		fmt.Fprintln(s.log, lines.Text())
		if !begun && strings.Contains(lines.Text(), "passreader started") {
			begun = true
			close(started)
		}
	}
	if !begun {
		close(started)
	}
}

// end stops the program and returns its status and log.
func (s *station) end(t *testing.T) (int, string) {
	t.Helper()
	must(t, s.process.Process.Signal(syscall.SIGTERM))
	<-s.logged
	var exit *exec.ExitError
	if err := s.process.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return s.process.ProcessState.ExitCode(), s.log.String()
}

func (s *station) status(t *testing.T, field string) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	must(t, err)
	_, rest, _ := strings.Cut(string(text), field+":")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

func (s *station) drop(t *testing.T, code string) {
	t.Helper()
	f, err := os.Create(filepath.Join(s.dir, "camera", "pass.png"))
	must(t, err)
	must(t, png.Encode(f, scantest.Flat(code, 4)))
	must(t, f.Close())
}

func (s *station) say(t *testing.T, line string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(s.dir, "scanner"), os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString(line)
	must(t, errors.Join(err, f.Close()))
}

func TestPassShownIsOffered(t *testing.T) {
	program, dir := build(t), t.TempDir()
	code := scantest.Code(7)
	for round := range 2 { // the second start finds what the first left
		s := start(t, program, dir)
		s.drop(t, code)
		if r := <-s.readings; r.Code != code || r.Source != scan.Camera {
			t.Errorf("round %d: reading by %s, right code %t; want camera, true", round, r.Source, r.Code == code)
		}
		s.say(t, "12000000042591\n")
		if r := <-s.readings; r.Code != "12000000042591" || r.Source != scan.Scanner {
			t.Errorf("round %d: reading by %s; want the scanner's code", round, r.Source)
		}
		for got := <-s.readers; !slices.Equal(got, []string{"camera sim", "scanner sim"}); got = <-s.readers {
		}
		if got := s.status(t, "NoNewPrivs"); got != "1" {
			t.Errorf("NoNewPrivs = %s; want 1", got)
		}
		status, log := s.end(t)
		if status != 1 {
			t.Errorf("exit status = %d; want 1: 0 would mean stopped for good", status)
		}
		if strings.Contains(log, code[:20]) || strings.Contains(log, "1200000004") {
			t.Error("log holds a code")
		}
	}
}

func TestSecondPassreaderIsRefused(t *testing.T) {
	program, dir := build(t), t.TempDir()
	s := start(t, program, dir)
	defer s.end(t)
	out, err := exec.Command(program, "--run", filepath.Join(dir, "run"), "--no-evdev", "--no-v4l").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another passreader is running") {
		t.Errorf("second start = %v, %s; want a refusal", err, out)
	}
}

func TestHelpAndVersion(t *testing.T) {
	program := build(t)
	for flag, want := range map[string]string{"--help": "--sim-camera", "--version": "1.2.3"} {
		out, err := exec.Command(program, flag).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("passreader %s = %v, %s; want %s", flag, err, out, want)
		}
	}
}
