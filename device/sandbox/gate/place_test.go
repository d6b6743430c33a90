package gate_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network/networktest"
	"github.com/mallette-kit/mallette/device/sandbox/gate"
	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

const (
	roleEnv = "MALLETTE_TEST_ROLE"
	proxy   = "127.0.0.1:3128"
	school  = "10.88.0.1" // a page that the place allows
	wall    = "10.88.0.2" // where the place sends those who ask for another
)

// TestMain lets the test's own program be the gate, the place's web and a
// browser, each in its network.
func TestMain(m *testing.M) {
	role := os.Getenv(roleEnv)
	if role == "" {
		os.Exit(m.Run())
	}
	dir := os.Args[1]
	switch role {
	case "web":
		for _, at := range []string{school, wall} {
			go serveHere(listen(at + ":80"))
		}
		ready(dir, role)
	case "gate":
		ln := listen(proxy)
		ready(dir, role)
		g := &gate.Gate{Log: slog.New(slog.DiscardHandler)}
		log.Fatal(g.Run(context.Background(), ln))
	case "browser":
		browse(os.Args[1])
		return
	}
	select {}
}

func listen(at string) net.Listener {
	ln, err := net.Listen("tcp", at)
	if err != nil {
		log.Fatal(err)
	}
	return ln
}

// serveHere answers with the address that was reached.
func serveHere(ln net.Listener) {
	log.Fatal(http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Context().Value(http.LocalAddrContextKey).(net.Addr).(*net.TCPAddr).IP.String())
	})))
}

func ready(dir, role string) {
	if err := os.WriteFile(filepath.Join(dir, role), nil, 0o600); err != nil {
		log.Fatal(err)
	}
}

// browse asks for a page through the gate and says what came.
func browse(page string) {
	c := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: proxy})}}
	resp, err := c.Get(page)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	fmt.Printf("%d %s", resp.StatusCode, text)
}

// TestThePlaceFilters: names are those that the place's own resolver gives, so
// that what it filters stays filtered.
func TestThePlaceFilters(t *testing.T) {
	r, dir := networktest.New(t, "dnsmasq"), t.TempDir()
	r.Cable("one", school+"/24")
	r.In(r.Room, "ip", "addr", "add", wall+"/24", "dev", "one")
	r.Plug("one")
	r.In(r.Station, "ip", "addr", "add", "10.88.0.7/24", "dev", "one")
	r.In(r.Station, "ip", "link", "set", "one", "up")
	resolver(t, r.Station, "nameserver "+school+"\n")
	r.Begin(r.Room, nil, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root",
		"--bind-interfaces", "--listen-address="+school, "--pid-file="+filepath.Join(dir, "names"),
		"--address=/ecole.test/"+school, "--address=/filtre.test/"+wall, "--address=/interdit.test/", "--address=/piege.test/127.0.0.1")
	for role, ns := range map[string]string{"web": r.Room, "gate": r.Station} {
		r.Begin(ns, []string{roleEnv + "=" + role}, os.Args[0], dir)
	}
	await(t, r, dir, "names", "web", "gate")
	for _, c := range []struct{ name, page, want string }{
		{"a page that is allowed", "http://ecole.test/", "200 " + school},
		{"one that the place sends elsewhere", "http://filtre.test/", "200 " + wall},
		{"one that the place gives no address for", "http://interdit.test/", "502"},
		{"one that leads to this machine", "http://piege.test:3128/", "403"},
	} {
		if got := strings.TrimSpace(r.In(r.Station, "env", roleEnv+"=browser", os.Args[0], c.page)); got != c.want {
			t.Errorf("%s: GET %s = %q; want %q\n%s", c.name, c.page, got, c.want, r.Log)
		}
	}
}

// resolver gives programs in a namespace a file of their own.
func resolver(t *testing.T, ns, text string) {
	t.Helper()
	dir := filepath.Join("/etc/netns", ns)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "resolv.conf"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// await waits until each has left its file.
func await(t *testing.T, r *networktest.Rig, dir string, files ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	there := watch.Until(ctx, dir, watch.Files, time.Minute, func() bool {
		return !slices.ContainsFunc(files, func(f string) bool {
			_, err := os.Stat(filepath.Join(dir, f))
			return err != nil
		})
	})
	if !there {
		t.Fatalf("not all programs run\n%s", r.Log)
	}
}
