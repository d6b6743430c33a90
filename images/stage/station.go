package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Station is one station's programs on this machine, with simulated hardware.
// Set the exported fields, then Start.
type Station struct {
	Bin    string // folder of the programs
	Dir    string // everything of this station goes below it
	Listen string // address of its pages
	Clock  string // what the host's clock is worth: "system" or "unset"
	Server string // reach the fleet here instead of where it was enrolled; "": there
	Env    []string
	Log    func(program string) io.Writer // gets what each program says

	Reader, Launcher, Agent *Program
}

// Data is the station's data directory, which survives.
func (s *Station) Data() string { return filepath.Join(s.Dir, "data") }

// RunDir holds its sockets; a start of the machine would empty it.
func (s *Station) RunDir() string { return filepath.Join(s.Dir, "run") }

// Camera is the folder that acts as its camera.
func (s *Station) Camera() string { return filepath.Join(s.Dir, "camera") }

// Scanner is the pipe that acts as its hand scanner.
func (s *Station) Scanner() string { return filepath.Join(s.Dir, "scanner") }

// Start starts the three programs and waits for the pages.
func (s *Station) Start(ctx context.Context) error {
	for _, dir := range []string{s.Data(), s.RunDir(), s.Camera()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := errors.Join(settle(&s.Listen), s.StartReader(), s.StartLauncher(ctx), s.StartAgent()); err != nil {
		return errors.Join(err, s.Stop(ctx))
	}
	return nil
}

// StartReader starts the passreader with simulated devices.
func (s *Station) StartReader() (err error) {
	s.Reader, err = s.start("passreader", "--run", s.RunDir(), "--sim-camera", s.Camera(), "--sim-scanner", s.Scanner(), "--no-evdev", "--no-v4l")
	return err
}

// StartLauncher starts the launcher and waits for its pages.
func (s *Station) StartLauncher(ctx context.Context) (err error) {
	s.Launcher, err = s.start("launcher", "--data", s.Data(), "--run", s.RunDir(), "--listen", s.Listen, "--clock", s.clock())
	if err != nil {
		return err
	}
	return s.Launcher.Await(ctx, ready, s.answers)
}

// StartAgent starts the agent.
func (s *Station) StartAgent() (err error) {
	args := []string{"--data", s.Data(), "--run", s.RunDir(), "--clock", s.clock()}
	if s.Server != "" {
		args = append(args, "--server", s.Server)
	}
	s.Agent, err = s.start("agent", args...)
	return err
}

func (s *Station) start(program string, args ...string) (*Program, error) {
	return Run(filepath.Join(s.Bin, program), args, s.Env, s.Log(program))
}

func (s *Station) clock() string {
	if s.Clock == "" {
		return "system"
	}
	return s.Clock
}

// Kiosk is the address of the station's home page.
func (s *Station) Kiosk() string { return "http://" + s.Listen + "/" }

func (s *Station) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Kiosk(), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("home page: %s", response.Status)
	}
	return nil
}

// Enrol gives the station its one-time token, as a technician's stick does.
func (s *Station) Enrol(token string) error {
	if err := os.MkdirAll(s.Data(), 0o755); err != nil {
		return err
	}
	path := filepath.Join(s.Data(), "enroll-token")
	if err := os.WriteFile(path+".new", []byte(token+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Enrolled says that the station has its identity.
func (s *Station) Enrolled() bool {
	_, err := os.Stat(filepath.Join(s.Data(), "identity", "station.json"))
	return err == nil
}

// PowerCut ends every program at once, as pulling the plug does, and forgets
// what a machine forgets.
func (s *Station) PowerCut() error {
	for _, p := range s.programs() {
		p.Kill()
	}
	return os.RemoveAll(s.RunDir())
}

// Stop asks every program to end and waits.
func (s *Station) Stop(ctx context.Context) error {
	var errs []error
	for _, p := range s.programs() {
		errs = append(errs, p.Stop(ctx))
	}
	return errors.Join(errs...)
}

func (s *Station) programs() []*Program {
	var running []*Program
	for _, p := range []*Program{s.Reader, s.Launcher, s.Agent} {
		if p != nil {
			running = append(running, p)
		}
	}
	return running
}
