package broker

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// ServeTLS serves one MQTT connection whose handshake is done. It has the
// form that [http.Server] calls for a protocol of TLSNextProto.
func (b *Broker) ServeTLS(_ *http.Server, conn *tls.Conn, _ http.Handler) {
	state := conn.ConnectionState()
	b.serve(context.Background(), conn, &state)
}

// ServeHTTP serves MQTT over WebSocket.
func (b *Broker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.TLS == nil {
		http.Error(w, "TLS required", http.StatusUpgradeRequired)
		return
	}
	conn, err := upgrade(w, r, b.config.ConnectWithin)
	if err != nil {
		return // the client has been answered
	}
	b.serve(context.WithoutCancel(r.Context()), conn, r.TLS)
}

// serve runs a connection to its end. The certificate is looked at again when
// somebody was cut off meanwhile: it may have been this station, whose link
// was not yet there to be cut.
func (b *Broker) serve(ctx context.Context, conn net.Conn, state *tls.ConnectionState) {
	defer conn.Close()
	cuts := b.cuts.Load()
	peer, err := b.identify(ctx, state)
	if err != nil {
		b.refuse("certificate", "err", err)
		return
	}
	l := newLink(conn, peer)
	if !b.takeOver(ctx, l) {
		b.refuse("busy", "station", peer.Station)
		return
	}
	defer b.links.remove(l)
	if b.cuts.Load() != cuts {
		if _, err := b.identify(ctx, state); err != nil {
			b.refuse("certificate", "station", peer.Station, "err", err)
			return
		}
	}
	if err := conn.SetDeadline(time.Now().Add(b.config.ConnectWithin)); err != nil {
		return
	}
	err = b.server.EstablishConnection("tls", l)
	b.config.Log.Debug("connection ended", "station", peer.Station, "err", err)
}

// takeOver ends the station's connection before this one and waits until it
// has left, so that what a station says is always handled in its order.
func (b *Broker) takeOver(ctx context.Context, l *link) bool {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectWithin)
	defer cancel()
	return b.links.admit(ctx, l)
}

func (b *Broker) identify(ctx context.Context, state *tls.ConnectionState) (identity.Peer, error) {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectWithin)
	defer cancel()
	return b.config.Identify(ctx, state)
}

// refuse counts and logs a connection or a packet that was turned away.
func (b *Broker) refuse(reason string, attrs ...any) {
	b.metrics.refused.WithLabelValues(reason).Inc()
	b.config.Log.Warn("station refused", append([]any{"reason", reason}, attrs...)...)
}
