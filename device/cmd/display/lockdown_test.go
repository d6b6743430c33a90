package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/sandbox"
	"github.com/mallette-kit/mallette/hardware/needs"
)

// fuzzFor is how long keys and pointer are shaken; `make soak` says ten minutes.
var fuzzFor = flag.Duration("fuzzkeys", 20*time.Second, "how long to shake keys and pointer in the kiosk")

// keyed is a kiosk in a window of an X server of the session's own, so that
// keys and pointer can be moved as a person's would be, through compositor and
// browser. It needs Xvfb and xdotool of this machine, hence its userland too.
func keyed(t *testing.T) *rig {
	t.Helper()
	needBrowser(t)
	needs.Program(t, "Xvfb", "xvfb")
	needs.Program(t, "xdotool", "xdotool")
	return startWith(t, func(d *display) {
		d.systems.Root = "/"
		d.before = func(p *sandbox.Plan) {
			p.Files = append(p.Files, sandbox.File{Path: "/tmp/.X11-unix", Mode: os.ModeDir | os.ModeSticky | 0o777},
				sandbox.File{Path: "/usr/share/dbus-1/services/org.freedesktop.portal.Desktop.service", Text: "\n", Mode: 0o644}) // no portals there either
			x := sandbox.Service{
				Name: "x", Person: true, Argv: []string{"/usr/bin/Xvfb", ":7", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-ac"},
				Env: []string{"PATH=/usr/bin:/bin", "HOME=" + sandbox.Home}, Ready: "/tmp/.X11-unix/X7",
			}
			browser := &p.Services[0]
			browser.Env = append(slices.DeleteFunc(browser.Env, func(v string) bool { return strings.HasPrefix(v, "WLR_BACKENDS=") }), "WLR_BACKENDS=x11", "DISPLAY=:7")
			p.Services = append([]sandbox.Service{x}, p.Services...)
		}
	})
}

// xdo moves keys and pointer in the session.
func xdo(pid int, args ...string) error {
	cmd := exec.Command("nsenter", append([]string{"-t", strconv.Itoa(pid), "-n", "xdotool"}, args...)...)
	cmd.Env = []string{"DISPLAY=:7", "PATH=/usr/bin:/bin"}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("xdotool: %w: %s", err, out)
	}
	return nil
}

// devtools asks the browser of a session about itself. The connection is made
// by a thread that is in the session's network.
func devtools(pid int, path string) ([]byte, error) {
	var conn net.Conn
	err := within(pid, func() (err error) {
		conn, err = net.Dial("tcp", "127.0.0.1:9222")
		return err
	})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}}
	resp, err := client.Get("http://127.0.0.1:9222" + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// pagesOf are the addresses that the browser of a session shows.
func pagesOf(pid int) (urls []string, err error) {
	text, err := devtools(pid, "/json/list")
	if err != nil {
		return nil, err
	}
	var targets []struct{ Type, URL string }
	if err := json.Unmarshal(text, &targets); err != nil {
		return nil, err
	}
	for _, target := range targets {
		if (tab{Type: target.Type, URL: target.URL}).shown() {
			urls = append(urls, target.URL)
		}
	}
	return urls, nil
}

// escapes are the keys that would lead out of an ordinary browser.
func escapes() []string {
	return []string{
		"ctrl+o", "ctrl+s", "ctrl+p", "ctrl+n", "ctrl+t", "ctrl+u", "ctrl+h", "ctrl+j", "ctrl+d", "ctrl+shift+n", "ctrl+shift+t", "ctrl+shift+i",
		"ctrl+shift+j", "ctrl+shift+c", "ctrl+shift+o", "ctrl+shift+b", "ctrl+shift+Delete", "ctrl+shift+m", "ctrl+shift+a", "ctrl+l", "ctrl+k", "ctrl+e", "ctrl+f", "ctrl+g",
		"alt+Left", "alt+Right", "alt+Home", "alt+d", "alt+e", "alt+f", "alt+F1", "F1", "F3", "F5", "F6", "F7", "F10", "F11", "F12", "shift+Escape", "shift+F10",
		"ctrl+alt+Delete", "ctrl+alt+F1", "ctrl+alt+F2", "alt+F2", "alt+Tab", "super", "super+l", "Print", "ctrl+Escape", "ctrl+plus", "ctrl+minus", "ctrl+Tab", "Menu",
	}
}

func TestEscapesLeadNowhere(t *testing.T) {
	r := keyed(t)
	r.painted()
	pid := r.first()
	for _, keys := range escapes() {
		if err := xdo(pid, "key", keys); err != nil {
			t.Fatal(err)
		}
		r.inKiosk(pid, keys, moment)
	}
}

const (
	moment = 700 * time.Millisecond // in which a window opens, if it does
	stays  = 3 * time.Second        // what is not closed by then stays
)

// inKiosk looks at the browser for as long as it is told, and on, and fails when
// anything but the station's pages stays on the screen. A browser that has ended
// is well: a fresh one comes.
func (r *rig) inKiosk(pid int, after string, long time.Duration) {
	r.t.Helper()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for began := time.Now(); ; <-look.C {
		urls, err := pagesOf(pid)
		switch kept, seen := err != nil || onlyOurs(urls), time.Since(began); {
		case kept && seen >= long:
			return
		case !kept && seen >= stays:
			r.t.Errorf("after %s the browser stays at %v; want the station's pages only", after, urls)
			return
		}
	}
}

func onlyOurs(urls []string) bool {
	return !slices.ContainsFunc(urls, func(u string) bool { return !strings.HasPrefix(u, pagesURL) })
}

// Closing the browser, by any keys, is a fresh kiosk.
func TestClosingBringsAFreshKiosk(t *testing.T) {
	for _, keys := range []string{"ctrl+w", "alt+F4", "ctrl+shift+w", "ctrl+shift+q", "ctrl+q"} {
		t.Run(keys, func(t *testing.T) {
			r := keyed(t)
			n := r.painted()
			pid := r.first()
			if err := xdo(pid, "key", keys); err != nil {
				t.Fatal(err)
			}
			if !ends(t, pid, stays) {
				r.inKiosk(pid, keys, 0) // the browser stayed: that is well too
				return
			}
			if next := r.after(n); next != n+1 {
				t.Errorf("session %d after %d; want the next", next, n)
			}
		})
	}
}

// Whatever is pressed, typed and clicked, only the station's pages are shown.
func TestShakenKeysAndPointer(t *testing.T) {
	r := keyed(t)
	session := r.painted()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	pid, began, moves, fresh := r.first(), time.Now(), 0, 0
	for time.Since(began) < *fuzzFor {
		if n := r.confirm(); n > session {
			session, pid, fresh = n, r.first(), fresh+1
		}
		if err := xdo(pid, move(chance)...); err != nil { // a browser was closed
			if !ends(t, pid, startWithin) {
				t.Fatal(err)
			}
			session, fresh = r.after(session), fresh+1
			pid = r.first()
			continue
		}
		if moves++; moves%20 == 0 {
			r.inKiosk(pid, "shaking", 0)
		}
	}
	t.Logf("%d moves, %d fresh browsers", moves, fresh)
}

// move is one thing that hands may do.
func move(chance *rand.Rand) []string {
	keys := escapes()
	switch chance.IntN(6) {
	case 0:
		return []string{"key", keys[chance.IntN(len(keys))]}
	case 1:
		return []string{"mousemove", strconv.Itoa(chance.IntN(1280)), strconv.Itoa(chance.IntN(800)), "click", strconv.Itoa(1 + chance.IntN(9))}
	case 2:
		words := []string{"chrome://settings", "file:///etc/passwd", "https://example.org", "javascript:alert(1)", "about:gpu", "view-source:http://127.0.0.1", "data:text/html,x"}
		return []string{"key", "ctrl+l", "type", "--delay", "0", words[chance.IntN(len(words))] + "\n"}
	case 3:
		mods, all := []string{"ctrl", "alt", "shift", "super", "ctrl+shift", "ctrl+alt"}, "abcdefghijklmnopqrstuvwxyz0123456789"
		return []string{"key", mods[chance.IntN(len(mods))] + "+" + string(all[chance.IntN(len(all))])}
	case 4:
		return []string{"mousemove", strconv.Itoa(chance.IntN(1280)), strconv.Itoa(chance.IntN(800)), "mousedown", "1", "mousemove_relative", "--", strconv.Itoa(chance.IntN(400) - 200), "60", "mouseup", "1"}
	}
	return []string{"key", "Tab", "Return"}
}
