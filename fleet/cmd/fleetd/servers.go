package main

import (
	"context"
	"crypto/tls"
	"log"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/broker"
	"github.com/mallette-kit/mallette/fleet/console"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// server has the deadlines that every HTTP door keeps.
func (h *house) server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      5 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(quiet{h.log}, "", 0),
	}
}

// quiet keeps what net/http says of strangers' handshakes at debug.
type quiet struct{ log *slog.Logger }

func (q quiet) Write(p []byte) (int, error) {
	q.log.Debug("http server", "said", string(p))
	return len(p), nil
}

// stationServer is the one TLS port: MQTT by ALPN, MQTT over WebSocket,
// enrolment and the signed data.
func (h *house) stationServer() *http.Server {
	mux := http.NewServeMux()
	door := &enroll.Server{
		Registry: greeting{h.store.Enrolment(), h.mint.Wake}, Authority: h.authority, Release: h.releases.Root,
		Address: h.command.Address, Now: time.Now, Log: h.log, Waiting: h.waiting,
	}
	joining := door.Handler()
	for _, path := range []string{enroll.PathRoot, enroll.PathEnroll, enroll.PathAsk, enroll.PathRenew} {
		mux.Handle(path, joining)
	}
	mux.Handle(release.Path, http.StripPrefix(release.Path, h.releases.Handler(h.tenantOf)))
	mux.Handle(wire.PathJournals, http.StripPrefix(wire.PathJournals, h.journals.Handler(h.stationOf, h.log)))
	mux.Handle("/mqtt", h.broker)
	s := h.server(hurried(mux, time.Minute))
	s.ReadTimeout, s.WriteTimeout = 0, 0 // MQTT over WebSocket keeps its own; handlers set theirs
	s.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){broker.ALPN: h.broker.ServeTLS}
	s.TLSConfig = h.tlsConfig()
	return s
}

// greeting tells the mint of every station that joins: the others learn its key.
type greeting struct {
	enroll.Registry
	wake func(wire.Tenant)
}

// Admit implements [enroll.Registry].
func (g greeting) Admit(ctx context.Context, a enroll.Admission) error {
	err := g.Registry.Admit(ctx, a)
	if err == nil {
		g.wake(a.Station.Tenant)
	}
	return err
}

// hurried bounds how slowly a request's body may come and its answer may go,
// for all that sets no deadlines of its own: after the answer the server reads
// what is left of a body, for which a stranger could keep it waiting.
func hurried(next http.Handler, within time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, end := http.NewResponseController(w), time.Now().Add(within)
		_ = c.SetWriteDeadline(end) // not every writer can
		if r.ContentLength != 0 {
			_ = c.SetReadDeadline(end)
		}
		next.ServeHTTP(w, r)
	})
}

func (h *house) tlsConfig() *tls.Config {
	config, err := h.authority.Server(append([]string{h.host()}, h.command.Also...), time.Now, h.log)
	if err != nil {
		// The certificate is made again at the next connection.
		h.log.Error("server certificate not issued", "err", err)
		return &tls.Config{MinVersion: tls.VersionTLS13}
	}
	return config
}

// identify says who is at the other end, for the broker.
func (h *house) identify(_ context.Context, state *tls.ConnectionState) (identity.Peer, error) {
	return h.gate.VerifyStation(time.Now(), state.PeerCertificates)
}

// tenantOf says whose data may be served.
func (h *house) tenantOf(r *http.Request) (wire.Tenant, error) {
	peer, err := h.gate.VerifyStation(time.Now(), r.TLS.PeerCertificates)
	return peer.Tenant, err
}

// stationOf says which station is at the other end.
func (h *house) stationOf(r *http.Request) (wire.Tenant, wire.Station, error) {
	peer, err := h.gate.VerifyStation(time.Now(), r.TLS.PeerCertificates)
	return peer.Tenant, peer.Station, err
}

func (h *house) consoleServer() *http.Server {
	s := h.server(console.New(console.Parts{
		Gate: h.people, People: h.store, Registry: h.registry, Fleet: h.store,
		Report: report.Reporter{Store: h.store, Now: time.Now},
		Mint:   h.mint, Ledger: h.store, Alarms: h.store, Unseal: h.unseal,
		Releases: h.releases, Rollouts: h.conductor, RolloutList: h.store, Jobs: h.store, Journals: h.journals,
		Now: time.Now, Log: h.log, Plain: h.plain(),
	}))
	if !h.plain() {
		s.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(h.command.ConsoleCert, h.command.ConsoleKey)
			return &pair, err
		}}
	}
	return s
}

func (h *house) adminServer() *http.Server {
	return h.server(admin.New(admin.Parts{Registry: h.registry, Fleet: h.store, People: h.people, Mint: h.mint, Shelf: h.shelf, Releases: telling{h.releases, h}, Jobs: h.store, Journals: h.journals, Carrier: h.carrier, Log: h.log}))
}

func (h *house) metricsServer() *http.Server {
	known := prometheus.NewRegistry()
	known.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), h.broker, h.metrics, h.store)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(known, promhttp.HandlerOpts{}))
	return h.server(mux)
}
