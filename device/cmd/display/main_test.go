package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/sandbox"
	"github.com/mallette-kit/mallette/device/screen"
	"github.com/mallette-kit/mallette/hardware/needs"
)

// The test program is also the first process of the sessions that it starts.
func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// needBrowser ends a test where a session with a browser cannot be.
func needBrowser(t testing.TB) {
	t.Helper()
	needs.Root(t, "nobody else may make a session")
	for program, pack := range map[string]string{"cage": "cage", "chromium": "chromium", "dbus-run-session": "dbus-daemon"} {
		needs.Program(t, program, pack)
	}
}

// rig is a display without a screen, and the launcher it talks to.
type rig struct {
	t    testing.TB
	run  string
	host *screen.Host
	log  slog.Handler

	mu     sync.Mutex
	served map[int]*http.Server

	reports chan screen.Report
	drawn   chan int // sessions whose page said that it is painted
}

// page says when it has been painted, as the station's own pages do.
const testPage = `<!doctype html><meta charset="utf-8"><title>Mallette</title><h1>Bonjour</h1><input id="mot"><a href="http://127.0.0.1:9/">ailleurs</a>
<input type="file" id="fichier"><script>
new PerformanceObserver(list => { for (const e of list.getEntries()) if (e.name === "first-contentful-paint") fetch("/dessin", {method: "POST"}) }).observe({type: "paint", buffered: true});
</script>`

// maxReports is more than the longest test hears, which need not listen to them:
// whoever reports waits for nobody.
const maxReports = 1 << 15

// start runs display until the test ends.
func start(t testing.TB) *rig {
	t.Helper()
	return startWith(t, func(*display) {})
}

func startWith(t testing.TB, shape func(*display)) *rig {
	t.Helper()
	needBrowser(t)
	dir, err := os.MkdirTemp("", "display")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, run: dir, served: map[int]*http.Server{}, reports: make(chan screen.Report, maxReports), drawn: make(chan int, maxReports)}
	r.log = slog.DiscardHandler
	if testing.Verbose() {
		r.log = slog.NewTextHandler(os.Stderr, nil)
	}
	r.host = &screen.Host{Socket: screen.Socket(dir), Log: slog.New(r.log), Report: r.hear}
	d := newDisplay(userlandFlags(dir), slog.New(r.log))
	shape(d)
	if testing.Verbose() {
		d.output = os.Stderr
	}
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { _ = r.host.Run(ctx) })
	parts.Go(func() { _ = d.Run(ctx) })
	t.Cleanup(func() {
		stop()
		parts.Wait()
		r.clean()
	})
	return r
}

// userlandFlags take the image that was built here, and this machine's own
// programs where none was.
func userlandFlags(run string) flags {
	f := flags{Run: run, Data: "../../../build", Headless: true}
	if _, err := os.Stat(filepath.Join(f.Data, "userland", "kiosk.json")); err != nil {
		f.Root = "/"
	}
	return f
}

// clean looks that nothing is left where sessions were.
func (r *rig) clean() {
	left, err := os.ReadDir(filepath.Join(r.run, "sessions"))
	if err != nil || len(left) > 0 {
		r.t.Errorf("sessions left %v, %v; want none", left, err)
	}
	if err := os.RemoveAll(r.run); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) hear(report screen.Report, ln net.Listener) {
	if ln != nil {
		r.serve(report.Session, ln)
	}
	if report.State == screen.Ended {
		r.stop(report.Session)
	}
	r.reports <- report
}

func (r *rig) serve(session int, ln net.Listener) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /dessin", func(http.ResponseWriter, *http.Request) { r.drawn <- session })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, testPage)
	})
	srv := &http.Server{Handler: mux}
	r.mu.Lock()
	r.served[session] = srv
	r.mu.Unlock()
	go srv.Serve(ln)
}

func (r *rig) stop(session int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if srv := r.served[session]; srv != nil {
		srv.Close()
	}
}

// order asks display for something.
func (r *rig) order(o screen.Order) {
	r.t.Helper()
	if err := r.host.Order(o); err != nil {
		r.t.Fatal(err)
	}
}

// painted waits for the page of a session and tells display, as launcher does.
func (r *rig) painted() int {
	r.t.Helper()
	select {
	case n := <-r.drawn:
		r.order(screen.Order{Want: screen.WantDrawn, Session: n})
		return n
	case <-time.After(drawnWithin):
		r.t.Fatal("no page was painted")
		return 0
	}
}

// confirm tells display of the pages that were painted meanwhile, and returns the
// last of their sessions; 0 is none.
func (r *rig) confirm() (last int) {
	for {
		select {
		case n := <-r.drawn:
			r.order(screen.Order{Want: screen.WantDrawn, Session: n})
			last = max(last, n)
		default:
			return last
		}
	}
}

// first is the first process of the session that runs, as this machine numbers
// it. A session whose page is painted has one.
func (r *rig) first() int {
	r.t.Helper()
	for _, dir := range glob("/proc/[0-9]*") {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil || parent(pid) != os.Getpid() {
			continue
		}
		if cmd, err := os.ReadFile(dir + "/cmdline"); err == nil && string(cmd) == "mallette-services\x00" {
			return pid
		}
	}
	r.t.Fatal("no session runs")
	return 0
}

// after waits for the page of a later session.
func (r *rig) after(session int) int {
	r.t.Helper()
	for {
		if n := r.painted(); n > session {
			return n
		}
	}
}

// ends reports whether a process ends within the time.
func ends(t testing.TB, pid int, within time.Duration) bool {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return true
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for late := time.Now().Add(within); ; {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(time.Until(late).Milliseconds()))
		if errors.Is(err, unix.EINTR) && time.Now().Before(late) {
			continue
		}
		return n == 1
	}
}

func parent(pid int) (ppid int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	var name, state string
	var own int
	fmt.Sscanf(string(text), "%d %s %s %d", &own, &name, &state, &ppid)
	return ppid
}

// within runs f in the network of a session.
func within(pid int, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends in that network
		ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err == nil {
			err = unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET)
			ns.Close()
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}
