package gate_test

import (
	"bufio"
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
	byEnv   = "MALLETTE_TEST_PROXY" // of the place, that the gate is told of
	proxy   = "127.0.0.1:3128"
	school  = "10.88.0.1" // a page that the place allows
	wall    = "10.88.0.2" // where the place sends those who ask for another

	placeProxy = school + ":800" // a port that serves no pages
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
		g := &gate.Gate{Log: slog.New(slog.DiscardHandler), Proxy: os.Getenv(byEnv)}
		log.Fatal(g.Run(context.Background(), ln))
	case "place":
		ln := listen(placeProxy)
		ready(dir, role)
		log.Fatal(http.Serve(ln, http.HandlerFunc(servePlace)))
	case "browser":
		browse(os.Args[1])
		return
	}
	select {}
}

// servePlace is a place's own web proxy, which knows names that nobody else does.
func servePlace(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host == "interdit.test:443" || r.Host == "interdit.test":
		w.WriteHeader(http.StatusForbidden)
	case r.Method != http.MethodConnect:
		io.WriteString(w, "by the place to "+r.URL.Host)
	default:
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			log.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		io.Copy(conn, conn) // the other end says what it hears
	}
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

// browse asks for a page through the gate and says what came. Of one that would be
// encrypted only the tunnel is tried.
func browse(page string) {
	if to, encrypted := strings.CutPrefix(page, "https://"); encrypted {
		shout(to)
		return
	}
	c := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: proxy})}}
	resp, err := c.Get(page)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	fmt.Printf("%d %s", resp.StatusCode, text)
}

// shout says a word into a tunnel and prints what comes back.
func shout(to string) {
	conn, err := net.Dial("tcp", proxy)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "CONNECT %[1]s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", to)
	said := bufio.NewReader(conn)
	resp, err := http.ReadResponse(said, &http.Request{Method: http.MethodConnect})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(resp.StatusCode)
	if resp.StatusCode == http.StatusOK {
		fmt.Fprintln(conn, "hello")
		line, _ := said.ReadString('\n')
		fmt.Print(" ", line)
	}
}

// TestByThePlacesProxy: a place whose network leads nowhere but to its proxy, which
// alone knows names.
func TestByThePlacesProxy(t *testing.T) {
	r, dir := networktest.New(t), t.TempDir()
	wired(r)
	resolver(t, r.Station, "")
	r.Begin(r.Room, []string{roleEnv + "=place"}, os.Args[0], dir)
	r.Begin(r.Station, []string{roleEnv + "=gate", byEnv + "=" + placeProxy}, os.Args[0], dir)
	await(t, r, dir, "place", "gate")
	for _, c := range []struct{ name, page, want string }{
		{"a page in the clear", "http://ecole.test/", "200 by the place to ecole.test"},
		{"a page on another port", "http://ecole.test:8081/", "200 by the place to ecole.test:8081"},
		{"a tunnel", "https://ecole.test:443", "200 hello"},
		{"what the place refuses", "https://interdit.test:443", "502"},
		{"mail", "https://ecole.test:25", "403"},
		{"this machine", "https://127.0.0.1:443", "403"},
		{"this machine by name", "http://localhost:8080/metrics", "403"},
		{"this machine by its address", "http://10.88.0.7:8080/", "403"},
	} {
		if got := strings.TrimSpace(r.In(r.Station, "env", roleEnv+"=browser", os.Args[0], c.page)); got != c.want {
			t.Errorf("%s: %s = %q; want %q\n%s", c.name, c.page, got, c.want, r.Log)
		}
	}
}

// TestThePlaceFilters: names are those that the place's own resolver gives, so
// that what it filters stays filtered.
func TestThePlaceFilters(t *testing.T) {
	r, dir := networktest.New(t, "dnsmasq"), t.TempDir()
	wired(r)
	r.In(r.Room, "ip", "addr", "add", wall+"/24", "dev", "one")
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

// wired joins station and room by a cable.
func wired(r *networktest.Rig) {
	r.Cable("one", school+"/24")
	r.Plug("one")
	r.In(r.Station, "ip", "addr", "add", "10.88.0.7/24", "dev", "one")
	r.In(r.Station, "ip", "link", "set", "one", "up")
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
