package gate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// errProxy says that the place's proxy opened no tunnel.
var errProxy = errors.New("place's proxy opened no tunnel")

// reach connects to the machine, directly or by the place's proxy.
func (g *Gate) reach(ctx context.Context, address string) (net.Conn, error) {
	if g.Proxy == "" {
		return g.dial(ctx, "tcp", address)
	}
	if err := g.askable(address); err != nil {
		return nil, err
	}
	conn, err := g.outside(ctx, "tcp", g.Proxy)
	if err != nil {
		return nil, err
	}
	if err := tunnel(conn, address); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// tunnel has a proxy connect to the machine.
func tunnel(conn net.Conn, address string) error {
	if err := conn.SetDeadline(time.Now().Add(headerWithin)); err != nil {
		return fmt.Errorf("ask the place's proxy: %w", err)
	}
	q := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if err := q.Write(conn); err != nil {
		return fmt.Errorf("ask the place's proxy: %w", err)
	}
	said := bufio.NewReaderSize(conn, 4<<10)
	resp, err := http.ReadResponse(said, q)
	if err != nil {
		return fmt.Errorf("ask the place's proxy: %w", err)
	}
	if resp.StatusCode != http.StatusOK || said.Buffered() > 0 { // who is asked through a tunnel does not speak first
		return errProxy
	}
	return conn.SetDeadline(time.Time{})
}

// ask asks for one page in the clear, directly or by the place's proxy.
func (g *Gate) ask(q *http.Request) (*http.Response, error) {
	way := &http.Transport{DialContext: g.dial, DisableKeepAlives: true, ResponseHeaderTimeout: headerWithin}
	if g.Proxy != "" {
		if err := g.askable(withPort(q.URL.Host)); err != nil {
			return nil, err
		}
		way.DialContext, way.Proxy = g.outside, http.ProxyURL(&url.URL{Scheme: "http", Host: g.Proxy})
	}
	return way.RoundTrip(q)
}

func withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), "80")
}

// askable judges what a proxy is asked for. Which machine a name is, the proxy
// decides; what names this one goes no further.
func (g *Gate) askable(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || !webPort(port) || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return ErrRefused
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return g.judge(ip)
	}
	return nil
}
