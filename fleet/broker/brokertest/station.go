package brokertest

import (
	"crypto/tls"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// Patience bounds a wait that only ends when something is broken.
const Patience = 30 * time.Second

// NewStation enrols a new station of [Tenant].
func (h *Host) NewStation(tb testing.TB) *identity.Station {
	tb.Helper()
	return h.Enrol(tb, identity.Peer{Tenant: Tenant, Station: identity.NewStationID(), Incarnation: 1})
}

// Enrol makes the station p.
func (h *Host) Enrol(tb testing.TB, p identity.Peer) *identity.Station {
	tb.Helper()
	keys, err := identity.NewKeys()
	if err != nil {
		tb.Fatal(err)
	}
	chain, _, err := h.Authority.IssueStation(p, &keys.TLS.PublicKey, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	s, err := identity.NewStation(keys, chain, h.Authority.RootPEM(), "kit-1", h.Addr)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// TLS returns the station's client configuration for one protocol.
func TLS(s *identity.Station, protocol string) *tls.Config {
	c := s.TLS(func() time.Time { return time.Time{} })
	c.NextProtos = []string{protocol}
	return c
}

// Options returns the options of a paho client that connects once as s, over
// TLS, without reconnecting by itself.
func (h *Host) Options(s *identity.Station) *mqtt.ClientOptions {
	return mqtt.NewClientOptions().AddBroker("tls://" + h.Addr).SetClientID(string(s.ID)).
		SetTLSConfig(TLS(s, identity.ProtoMQTT)).SetProtocolVersion(4).SetCleanSession(true).
		SetAutoReconnect(false).SetConnectRetry(false).SetConnectTimeout(Patience).SetWriteTimeout(Patience)
}

// Dial connects s and returns its client, which is disconnected when the
// test ends.
func (h *Host) Dial(tb testing.TB, o *mqtt.ClientOptions) mqtt.Client {
	tb.Helper()
	c := mqtt.NewClient(o)
	if err := Wait(c.Connect()); err != nil {
		tb.Fatalf("connect: %v", err)
	}
	tb.Cleanup(func() { c.Disconnect(0) })
	return c
}

// Publish sends payload at QoS 1 on the station's u/kind and returns when the
// broker has acknowledged it.
func Publish(c mqtt.Client, s *identity.Station, kind wire.Kind, payload []byte) error {
	return Wait(c.Publish(wire.Up(s.Tenant, s.ID, kind), 1, false, payload))
}

// ErrPatience says that nothing happened for [Patience].
type ErrPatience struct{}

// Error implements error.
func (ErrPatience) Error() string { return "nothing happened" }

// Wait returns the outcome of a token.
func Wait(t mqtt.Token) error {
	if !t.WaitTimeout(Patience) {
		return ErrPatience{}
	}
	return t.Error()
}
