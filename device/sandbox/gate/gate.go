// Package gate is the only way out of a session that may reach the open web: a
// web proxy whose listener is inside the session's network, where nothing else
// is, and which speaks for it outside.
//
// Names are resolved by the machine's own resolver, so that what a place
// filters stays filtered. The gate opens connections to other machines only:
// whatever a name resolves to, it refuses this machine's own addresses,
// loopback, link-local and multicast, so that none of the station's services
// can be reached through it. Where a place has a web proxy of its own, everything
// goes through that one, which then resolves the names. The gate knows nothing of
// who asks, keeps nothing and logs no address.
package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// ErrRefused says that an address is none of a person's business.
var ErrRefused = errors.New("address refused")

const (
	dialWithin   = 20 * time.Second
	headerWithin = 30 * time.Second
)

// webPort reports whether pages are served on it: the usual two, and the high
// ones on which networks put the page that wants to be answered first.
func webPort(port string) bool {
	n, err := strconv.Atoi(port)
	return err == nil && (n == 80 || n == 443 || n >= 1024 && n <= 65535)
}

// Gate is one open way out. The zero value with a Log works.
type Gate struct {
	Log *slog.Logger
	// Own returns this machine's addresses; nil asks the kernel.
	Own func() ([]netip.Addr, error)
	// Proxy is the place's web proxy, HOST:PORT; "": there is none.
	Proxy string

	tunnels sync.WaitGroup
}

// Run serves ln, which it closes, until ctx is done, and then cuts every
// connection it opened.
func (g *Gate) Run(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer g.tunnels.Wait()
	defer cancel()
	srv := &http.Server{
		Handler: g, ReadHeaderTimeout: headerWithin, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(g.Log.Handler(), slog.LevelDebug), BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { srv.Close() })
	defer stop()
	if err := srv.Serve(ln); ctx.Err() == nil {
		return fmt.Errorf("serve gate: %w", err)
	}
	return ctx.Err()
}

// ServeHTTP implements [http.Handler]: CONNECT for what is encrypted, and
// whole requests for what is not.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		g.tunnel(w, r)
	case r.URL.Scheme == "http" && r.URL.Host != "":
		g.forward(w, r)
	default:
		http.Error(w, "not a proxy request", http.StatusBadRequest)
	}
}

// dial connects to another machine that serves pages.
func (g *Gate) dial(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil || !webPort(port) {
		return nil, ErrRefused
	}
	return g.outside(ctx, network, address)
}

// outside connects to any other machine.
func (g *Gate) outside(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialWithin, ControlContext: func(_ context.Context, _, to string, _ syscall.RawConn) error { return g.allowed(to) }}
	return d.DialContext(ctx, network, address)
}

// allowed judges the address that a connection is about to be opened to, after
// the name was resolved: a name cannot be one machine when it is judged and
// another when it is used.
func (g *Gate) allowed(to string) error {
	at, err := netip.ParseAddrPort(to)
	if err != nil {
		return ErrRefused
	}
	return g.judge(at.Addr())
}

func (g *Gate) judge(ip netip.Addr) error {
	ip = ip.Unmap()
	if !ip.IsValid() || ip.IsLoopback() || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() || ip.IsInterfaceLocalMulticast() {
		return ErrRefused
	}
	own, err := g.own()
	if err != nil || slices.Contains(own, ip.WithZone("")) {
		return ErrRefused
	}
	return nil
}

func (g *Gate) own() (own []netip.Addr, err error) {
	if g.Own != nil {
		return g.Own()
	}
	addrs, err := net.InterfaceAddrs()
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, p.Addr().Unmap().WithZone(""))
		}
	}
	return own, err
}

// tunnel joins the browser to the other machine until either hangs up.
func (g *Gate) tunnel(w http.ResponseWriter, r *http.Request) {
	far, err := g.reach(r.Context(), r.Host)
	if err != nil {
		http.Error(w, "", statusOf(err))
		return
	}
	defer far.Close()
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	defer near.Close()
	g.tunnels.Add(1)
	defer g.tunnels.Done()
	stop := context.AfterFunc(r.Context(), func() { near.Close(); far.Close() })
	defer stop()
	if _, err := io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	join(near, buffered, far)
}

// join copies both ways. One way that ends closes that half, and the other
// goes on until it ends too.
func join(near net.Conn, from io.Reader, far net.Conn) {
	var up sync.WaitGroup
	up.Go(func() { oneWay(far, from) })
	oneWay(near, far)
	up.Wait()
}

func oneWay(to net.Conn, from io.Reader) {
	_, _ = io.Copy(to, from) // either end may hang up when it likes
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	to.Close()
}

// forward asks for one page in the clear.
func (g *Gate) forward(w http.ResponseWriter, r *http.Request) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	for _, h := range []string{"Connection", "Proxy-Connection", "Proxy-Authorization", "Keep-Alive", "Te", "Trailer", "Upgrade"} {
		out.Header.Del(h)
	}
	resp, err := g.ask(out)
	if err != nil {
		http.Error(w, "", statusOf(err))
		return
	}
	defer resp.Body.Close()
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // the browser has gone: nobody to tell
}

func statusOf(err error) int {
	if errors.Is(err, ErrRefused) {
		return http.StatusForbidden
	}
	return http.StatusBadGateway
}
