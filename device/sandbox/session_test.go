package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/sandbox"
)

const forever = "while :; do sleep 1000; done"

func TestSessionFromStartToEnd(t *testing.T) {
	s := start(t, plain(t, shell("wait", forever)))
	up(t, s)
	end(t, s)
	select {
	case <-s.Done():
	default:
		t.Error("Done is open after End; want closed")
	}
	if err := s.End(); err != nil {
		t.Errorf("second End = %v; want nil", err)
	}
}

// What fails in the middle leaves nothing either.
func TestSessionsThatCannotBe(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(*sandbox.Plan)
		want  string
	}{
		{"no userland", func(p *sandbox.Plan) { p.Root = "/does-not-exist" }, "lay the userland"},
		{"share that is not there", func(p *sandbox.Plan) { p.Share, p.ShareAt = "/does-not-exist", "/share" }, "share folder"},
		{"address of another machine", func(p *sandbox.Plan) { p.Listen = []string{"192.0.2.1:80"} }, "open network"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			plan := plain(t, shell("wait", forever))
			c.spoil(&plan)
			_, err := sandbox.Start(t.Context(), plan)
			if !errors.Is(err, sandbox.ErrStart) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Start = %v; want %v at %q", err, sandbox.ErrStart, c.want)
			}
			if left, _ := os.ReadDir(plan.Dir); len(left) > 0 {
				t.Errorf("left in its folder: %v; want nothing", left)
			}
		})
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	plan := plain(t, shell("wait", forever))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sandbox.Start(ctx, plan); err != nil && !errors.Is(err, sandbox.ErrStart) {
		t.Errorf("Start = %v; want %v", err, sandbox.ErrStart)
	}
}

func TestServiceThatEndsEndsTheSession(t *testing.T) {
	cases := []struct{ name, script, want string }{
		{"by itself", "exit 3", "script: exit status 3"},
		{"killed", "kill -9 $$", "script: killed"},
		{"well", "exit 0", "script: exit status 0"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, plain(t, shell("wait", forever), shell("script", c.script)))
			<-s.Done()
			if err := s.Err(); !errors.Is(err, sandbox.ErrExited) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Err = %v; want %v with %q", err, sandbox.ErrExited, c.want)
			}
		})
	}
}

func TestServicesWaitForEachOther(t *testing.T) {
	first := shell("first", "mkdir /tmp/first")
	first.Once = true
	second := shell("second", "test -d /tmp/first && touch /tmp/second; "+forever)
	second.Ready = "/tmp/second"
	if got := said(t, plain(t, first, second), false, "ls -d /tmp/second"); got != "/tmp/second" {
		t.Errorf("third service saw %q; want /tmp/second", got)
	}
}

func TestServiceThatIsNeverReady(t *testing.T) {
	slow := shell("slow", forever)
	slow.Ready, slow.Within = "/tmp/never", 20*time.Millisecond
	s := start(t, plain(t, slow))
	<-s.Done()
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "slow: not ready in time") {
		t.Errorf("Err = %v; want slow: not ready in time", err)
	}
}

// The page listener is opened in the session's network and served outside it.
func TestListenerOpenedInsideServedOutside(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	plan := plain(t, shell("visit", `exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET / HTTP/1.0\r\n\r\n' >&3; cat <&3`))
	plan.Services[0].Argv[0] = "/bin/bash"
	plan.Output, plan.Listen = w, []string{"127.0.0.1:8080"}
	s := start(t, plan)
	w.Close()
	pages := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "Bonjour") })}
	go pages.Serve(s.Listeners()[0])
	defer pages.Close()
	got, err := io.ReadAll(r)
	if err != nil || !strings.HasSuffix(string(got), "Bonjour") {
		t.Errorf("session read %q, %v; want Bonjour", got, err)
	}
	if c, err := net.DialTimeout("tcp", s.Listeners()[0].Addr().String(), time.Second); err == nil {
		c.Close()
		t.Error("the address answers on the host too; want it inside only")
	}
}

func TestOneMoreProgram(t *testing.T) {
	s := start(t, plain(t, shell("wait", "while ! test -e /tmp/asked; do sleep 0.01; done")))
	up(t, s)
	if err := s.Run(shell("", "touch /tmp/asked")); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if err := s.Err(); !strings.Contains(err.Error(), "wait: exit status 0") {
		t.Errorf("Err = %v; want that the first service saw what the extra one did", err)
	}
}

func TestFirstProcessIsGone(t *testing.T) {
	s := start(t, plain(t, shell("wait", forever)))
	up(t, s)
	pid := s.PID()
	end(t, s)
	if _, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid))); err == nil {
		t.Errorf("process %d is there after End; want it gone", pid)
	}
}
