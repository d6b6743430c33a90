// Package probe finds out whether the way out works, and what stops it: no
// route, no names, a page that wants to be answered first, or only the fleet.
//
// It asks the station's own fleet and nobody else: for the name, then for one
// page over plain HTTP, which a captive portal answers in the fleet's place,
// then for a connection that it closes at once. It sends no cookie, no name of
// a station and follows no redirection. A station of no fleet asks nobody.
package probe

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/mallette-kit/mallette/device/network"
)

// Target is what is asked. All of it may be empty.
type Target struct {
	Server string       // the fleet, HOST:PORT
	Page   string       // a page that answers 204 or anything but a greeting; empty: http://HOST/
	Names  []netip.Addr // DNS servers of the lines in use
	Routed bool         // a router was given
}

// Result is what came of it. Portal is set only with [network.AtPortal].
type Result struct {
	Outcome network.Outcome
	Portal  string
}

// stepTime bounds each question.
const stepTime = 6 * time.Second

// Try tries the way out. It ends within three steps' time.
func Try(ctx context.Context, t Target) Result {
	if !t.Routed && !near(t.Server) {
		return Result{Outcome: network.Unrouted}
	}
	host, _, err := net.SplitHostPort(t.Server)
	if err != nil {
		return Result{Outcome: network.Works} // nobody to ask
	}
	p := prober{t, resolver(t.Names)}
	if _, err := netip.ParseAddr(host); err != nil && !p.named(ctx, host) {
		return Result{Outcome: network.Nameless}
	}
	if portal, is := p.portal(ctx, host); is {
		return Result{network.AtPortal, portal}
	}
	return Result{Outcome: p.server(ctx)}
}

// near reports whether the fleet has an address of this very network, so that
// no router is needed to reach it.
func near(server string) bool {
	at, err := netip.ParseAddrPort(server)
	return err == nil && at.Addr().IsPrivate()
}

type prober struct {
	Target
	names *net.Resolver
}

// resolver asks the given servers rather than whatever the file says.
func resolver(servers []netip.Addr) *net.Resolver {
	var turn atomic.Uint32 // both kinds of address are asked for at once
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, kind, _ string) (net.Conn, error) {
		if len(servers) == 0 {
			return nil, errors.New("no name server")
		}
		var d net.Dialer
		at := servers[int(turn.Add(1)-1)%len(servers)]
		return d.DialContext(ctx, kind, net.JoinHostPort(at.String(), "53"))
	}}
}

func (p prober) named(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	found, err := p.names.LookupHost(ctx, host)
	return err == nil && len(found) > 0
}

func (p prober) dialer() *net.Dialer { return &net.Dialer{Resolver: p.names, Timeout: stepTime} }

// server opens a connection to the fleet.
func (p prober) server(ctx context.Context) network.Outcome {
	conn, err := p.dialer().DialContext(ctx, "tcp", p.Server)
	if err != nil {
		return network.Fleetless
	}
	conn.Close()
	return network.Works
}

// portal asks for the page. Most fleets do not even listen there: only what
// stands between answers.
func (p prober) portal(ctx context.Context, host string) (address string, is bool) {
	page := p.Page
	if page == "" {
		page = (&url.URL{Scheme: "http", Host: bracketed(host), Path: "/"}).String()
	}
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	question, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return "", false
	}
	question.Header.Set("User-Agent", "") // none is sent
	answer, err := p.client().Do(question)
	if err != nil {
		return "", false
	}
	answer.Body.Close()
	return judge(question.URL, answer)
}

func bracketed(host string) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		return "[" + host + "]"
	}
	return host
}

func (p prober) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: p.dialer().DialContext, DisableKeepAlives: true, DisableCompression: true,
			MaxResponseHeaderBytes: 16 << 10, ResponseHeaderTimeout: stepTime,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// judge tells a portal's answer from the fleet's own: 204, a redirection to
// its own encrypted pages, or an error.
func judge(asked *url.URL, a *http.Response) (address string, is bool) {
	if a.StatusCode >= 300 && a.StatusCode < 400 {
		to, err := a.Location()
		if err != nil || to.Hostname() == asked.Hostname() && to.Scheme == "https" {
			return "", false
		}
		return pageOf(to, asked), true
	}
	if a.StatusCode == http.StatusNetworkAuthenticationRequired || a.StatusCode == http.StatusOK {
		return asked.String(), true
	}
	return "", false
}

// maxAddress is more than an address that a person should open.
const maxAddress = 2000

// pageOf keeps an address that a browser may open; otherwise the page that was
// asked leads there too.
func pageOf(to, asked *url.URL) string {
	text := to.String()
	if (to.Scheme != "http" && to.Scheme != "https") || to.Hostname() == "" || to.User != nil || len(text) > maxAddress {
		return asked.String()
	}
	return text
}
