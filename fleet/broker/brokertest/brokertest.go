// Package brokertest starts a broker on a loopback TLS port, with an authority
// of its own, for tests that want real stations on a real network. It is
// never part of a program.
package brokertest

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/broker"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// Tenant is the operator of every station made here.
const Tenant wire.Tenant = "demo"

// Host is a running broker.
type Host struct {
	Broker    *broker.Broker
	Authority *identity.Authority
	Gate      *identity.Gate
	Addr      string // host:port

	ahead atomic.Int64
}

// Skip sets the clock that certificates are judged by ahead by d.
func (h *Host) Skip(d time.Duration) { h.ahead.Add(int64(d)) }

// Start runs a broker that calls handler, until the test ends. change may
// alter the configuration; it may be nil.
func Start(tb testing.TB, handler broker.Handler, change func(*broker.Config)) *Host {
	tb.Helper()
	h := &Host{Authority: authority(tb)}
	h.Gate = &identity.Gate{Root: h.Authority.Root()}
	config := broker.Config{Identify: h.identify, Handler: handler, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if change != nil {
		change(&config)
	}
	var err error
	if h.Broker, err = broker.New(config); err != nil {
		tb.Fatal(err)
	}
	h.run(tb)
	return h
}

func authority(tb testing.TB) *identity.Authority {
	dir := tb.TempDir()
	if err := identity.CreateAuthority(dir, "Test", time.Now()); err != nil {
		tb.Fatal(err)
	}
	a, err := identity.OpenAuthority(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func (h *Host) identify(_ context.Context, state *tls.ConnectionState) (identity.Peer, error) {
	return h.Gate.VerifyStation(time.Now().Add(time.Duration(h.ahead.Load())), state.PeerCertificates)
}

func (h *Host) run(tb testing.TB) {
	config, err := h.Authority.Server([]string{"127.0.0.1"}, time.Now, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		tb.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	h.Addr = l.Addr().String()
	mux := http.NewServeMux()
	mux.Handle("/mqtt", h.Broker)
	server := &http.Server{
		Handler: mux, TLSConfig: config, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){broker.ALPN: h.Broker.ServeTLS},
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 2)
	go func() { done <- h.Broker.Run(ctx) }()
	go func() { done <- ignoreClosed(server.ServeTLS(l, "", "")) }()
	tb.Cleanup(func() {
		cancel()
		server.Close()
		for range 2 {
			if err := <-done; err != nil {
				tb.Error(err)
			}
		}
	})
}

func ignoreClosed(err error) error {
	if err == http.ErrServerClosed {
		return nil
	}
	return err
}
