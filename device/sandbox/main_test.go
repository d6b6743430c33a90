package sandbox_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/sandbox"
	"github.com/mallette-kit/mallette/hardware/needs"
)

// The test program is also the first process of the sessions that it starts.
func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// needRoot skips where nobody may make namespaces.
func needRoot(t testing.TB) {
	t.Helper()
	needs.Root(t, "nobody else may make a session")
}

// plain is a session on this machine's own system, which is as good a
// userland as any: nothing below it is ever written.
func plain(t testing.TB, services ...sandbox.Service) sandbox.Plan {
	t.Helper()
	needRoot(t)
	return sandbox.Plan{
		Dir: folder(t), Root: "/", Space: 64 << 20, Services: services,
		Files: []sandbox.File{{Path: sandbox.Home, Mode: os.ModeDir | 0o700, UID: sandbox.PersonUID}},
	}
}

// folder is a short path: the kernel reads commas in it as the end of it.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sandbox")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	return dir
}

func shell(name, script string) sandbox.Service {
	return sandbox.Service{Name: name, Argv: []string{"/bin/sh", "-c", script}, Env: []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + sandbox.Home}}
}

func start(t testing.TB, plan sandbox.Plan) *sandbox.Session {
	t.Helper()
	s, err := sandbox.Start(t.Context(), plan)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() { end(t, s) })
	return s
}

func end(t testing.TB, s *sandbox.Session) {
	t.Helper()
	if err := s.End(); err != nil {
		t.Errorf("End: %v", err)
	}
}

// up waits until all services run.
func up(t testing.TB, s *sandbox.Session) {
	t.Helper()
	select {
	case <-s.Up():
	case <-s.Done():
		t.Fatalf("session over: %v", s.Err())
	}
}

// said runs the script in a session of its own and returns what it printed.
func said(t testing.TB, plan sandbox.Plan, person bool, script string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	service := shell("script", script)
	service.Person = person
	plan.Services, plan.Output = append(plan.Services, service), w
	s, err := sandbox.Start(t.Context(), plan)
	w.Close()
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	end(t, s)
	return strings.TrimSpace(string(text))
}
