// Package broker is where stations connect: an embedded MQTT 3.1.1 broker
// that gives a station its own topics and nothing else.
//
// A connection arrives on the server's TLS port, either as MQTT (ALPN "mqtt",
// see [Broker.ServeTLS]) or as MQTT over WebSocket ([Broker.ServeHTTP]). The
// client certificate says who it is; the client id must be the same station.
// What a station publishes below u/ goes to the [Handler] and nowhere else;
// what the fleet says below d/ comes from the Handler when the station
// subscribes and through [Broker.Push] afterwards. Nothing is kept here.
//
// PUBACK means committed: Handler.Receive returns after the commit, and when
// it fails the connection is closed without a PUBACK, so that the station
// sends again.
//
// mochi-mqtt does the protocol and stays behind hook.go, so that it can be
// replaced. The package never reads a payload and never logs one.
package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// ALPN is the protocol that a station asks for in TLS to speak MQTT.
const ALPN = "mqtt"

// ErrGone says that a station is not connected.
var ErrGone = errors.New("station not connected")

// Handler is what the broker calls. Its methods are called from many
// goroutines at once, but Receive only once at a time for a connection.
type Handler interface {
	// Receive takes a message that peer published on its own topic. It
	// returns nil after everything worth keeping is committed; on an error
	// the connection is closed and the message is not acknowledged.
	Receive(ctx context.Context, peer identity.Peer, topic wire.Topic, payload []byte) error

	// Retained calls say for each message that peer should have as soon as
	// it subscribes.
	Retained(ctx context.Context, peer identity.Peer, say func(kind wire.Kind, payload []byte)) error

	// Left says that a connection of peer ended, with a goodbye or without.
	// will is the state that peer left for this case, nil when it left none.
	// The next connection of the same station begins when Left has returned.
	Left(ctx context.Context, peer identity.Peer, will []byte)
}

// Config is what a broker needs. Every field without "default" is required.
type Config struct {
	// Identify returns the station that a connection's certificate speaks
	// for. An error refuses the connection. It must consult revocations.
	Identify func(ctx context.Context, state *tls.ConnectionState) (identity.Peer, error)
	Handler  Handler
	Log      *slog.Logger

	ConnectWithin time.Duration // for TLS to CONNECT; default 20 s
	ReceiveWithin time.Duration // for Handler's methods; default 30 s
	MaxKeepalive  time.Duration // silence after which a connection is dead; default 10 min
	MaxStations   int           // connections; default 20,000
}

// Broker serves stations. Create it with [New] and keep [Broker.Run] running.
type Broker struct {
	config  Config
	server  *mqtt.Server
	links   *links
	cuts    atomic.Uint64 // rises with every Disconnect
	metrics *metrics
}

// New returns a broker that serves once connections are handed to it.
func New(config Config) (*Broker, error) {
	b := &Broker{config: withDefaults(config), links: newLinks(), metrics: newMetrics()}
	b.server = mqtt.New(&mqtt.Options{
		Capabilities:             capabilities(b.config),
		ClientNetWriteBufferSize: 512,
		ClientNetReadBufferSize:  512,
		SysTopicResendInterval:   24 * 60 * 60,
		InlineClient:             true,
		Logger:                   slog.New(redacted{b.config.Log.Handler()}),
	})
	if err := b.server.AddHook(&hook{broker: b}, nil); err != nil {
		return nil, fmt.Errorf("new broker: %w", err)
	}
	return b, nil
}

func withDefaults(c Config) Config {
	if c.ConnectWithin == 0 {
		c.ConnectWithin = 20 * time.Second
	}
	if c.ReceiveWithin == 0 {
		c.ReceiveWithin = 30 * time.Second
	}
	if c.MaxKeepalive == 0 {
		c.MaxKeepalive = 10 * time.Minute
	}
	if c.MaxStations == 0 {
		c.MaxStations = 20_000
	}
	return c
}

// capabilities: MQTT 3.1.1 only, QoS 0 and 1, one packet bounded by the
// protocol's payload, and a short queue for a station that does not read.
func capabilities(c Config) *mqtt.Capabilities {
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClients = int64(c.MaxStations)
	caps.MaximumClientWritesPending = 64
	caps.MaximumPacketSize = wire.MaxPayload + 1024
	caps.MaximumInflight = 256
	caps.MaximumSessionExpiryInterval = 0
	caps.MinimumProtocolVersion = 4
	caps.MaximumQos = 1
	caps.RetainAvailable = 1 // a will or a state may carry the flag; it is ignored
	caps.SharedSubAvailable = 0
	caps.TopicAliasMaximum = 0
	return caps
}

// Run does the broker's housekeeping until ctx is done, then closes every
// connection and returns when their goroutines have left.
func (b *Broker) Run(ctx context.Context) error {
	if err := b.server.Serve(); err != nil {
		return fmt.Errorf("run broker: %w", err)
	}
	<-ctx.Done()
	b.links.close()
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("stop broker: %w", err)
	}
	return nil
}

// Push says payload to a station on its d/kind topic. It fails with [ErrGone]
// when the station is not connected: it will be told when it subscribes.
func (b *Broker) Push(tenant wire.Tenant, station wire.Station, kind wire.Kind, payload []byte) error {
	if b.links.find(tenant, station) == nil {
		return ErrGone
	}
	if err := b.server.Publish(wire.Down(tenant, station, kind), payload, false, 1); err != nil {
		return fmt.Errorf("push %s: %w", kind, err)
	}
	b.metrics.pushed.WithLabelValues(string(kind)).Inc()
	return nil
}

// Disconnect closes every connection of a station and makes connections that
// are being opened show their certificate again.
func (b *Broker) Disconnect(tenant wire.Tenant, station wire.Station) {
	b.cuts.Add(1)
	b.links.cut(tenant, station)
}

// Connected returns how many stations are connected.
func (b *Broker) Connected() int { return b.links.count() }
