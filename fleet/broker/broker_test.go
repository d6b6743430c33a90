package broker_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/mallette-kit/mallette/fleet/broker"
	"github.com/mallette-kit/mallette/fleet/broker/brokertest"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

func TestAMessageReachesTheHandler(t *testing.T) {
	desk := new(brokertest.Desk)
	h := brokertest.Start(t, desk, nil)
	s := h.NewStation(t)
	c := h.Dial(t, h.Options(s))
	if err := brokertest.Publish(c, s, wire.KindHello, []byte("bonjour")); err != nil {
		t.Fatal(err)
	}
	want := wire.Topic{Tenant: s.Tenant, Station: s.ID, Up: true, Kind: wire.KindHello}
	got := desk.Got()
	if len(got) != 1 || got[0].Topic != want || got[0].Payload != "bonjour" || got[0].Peer.Station != s.ID || got[0].Peer.Incarnation != 1 {
		t.Errorf("received %v; want bonjour on %v", got, want)
	}
}

func TestWebSocket(t *testing.T) {
	desk := &brokertest.Desk{Keep: []brokertest.Message{{Kind: wire.KindTime, Payload: "now"}}}
	h := brokertest.Start(t, desk, nil)
	s := h.NewStation(t)
	o := h.Options(s).SetTLSConfig(brokertest.TLS(s, identity.ProtoHTTP))
	o.Servers = nil
	o.AddBroker("wss://" + h.Addr + "/mqtt")
	c := h.Dial(t, o)
	large := bytes.Repeat([]byte("x"), 100<<10)
	if err := brokertest.Publish(c, s, wire.KindRecords, large); err != nil {
		t.Fatal(err)
	}
	if got := desk.Got(); len(got) != 1 || got[0].Payload != string(large) {
		t.Errorf("received %d messages; want the one published", len(got))
	}
	if got := subscribe(t, c, s); (<-got).Payload() == nil {
		t.Error("no retained message over WebSocket")
	}
}

func TestAFailedCommitIsNotAcknowledgedNorLogged(t *testing.T) {
	var logs lockedBuffer
	desk := &brokertest.Desk{Fault: func() error { return errors.New("disk broken") }}
	h := brokertest.Start(t, desk, func(c *broker.Config) {
		c.Log = slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	s := h.NewStation(t)
	lost := make(chan struct{})
	c := h.Dial(t, h.Options(s).SetConnectionLostHandler(func(mqtt.Client, error) { close(lost) }))
	token := c.Publish(wire.Up(s.Tenant, s.ID, wire.KindRecords), 1, false, "secret-payload")
	<-lost
	<-desk.Leaving()
	select {
	case <-token.Done():
		if token.Error() == nil {
			t.Error("a message that was not stored was acknowledged")
		}
	default:
	}
	if text := logs.String(); strings.Contains(text, "secret-payload") || !strings.Contains(text, "disk broken") {
		t.Errorf("log = %q; want the cause and not the payload", text)
	}
}

func TestOwnTopicsOnly(t *testing.T) {
	desk := new(brokertest.Desk)
	h := brokertest.Start(t, desk, nil)
	s, other := h.NewStation(t), h.NewStation(t)
	topics := map[string]string{
		"another station":  wire.Up(s.Tenant, other.ID, wire.KindRecords),
		"another operator": wire.Up("else", s.ID, wire.KindRecords),
		"its own orders":   wire.Down(s.Tenant, s.ID, wire.KindDesired),
		"no such kind":     "kit/1/demo/" + string(s.ID) + "/u/firmware",
		"the broker's":     "$SYS/broker/version",
		"outside":          "anything",
	}
	for name, topic := range topics {
		t.Run(name, func(t *testing.T) {
			lost := make(chan struct{})
			c := h.Dial(t, h.Options(s).SetConnectionLostHandler(func(mqtt.Client, error) { close(lost) }))
			c.Publish(topic, 1, false, "x")
			<-lost
		})
	}
	if got := desk.Got(); len(got) != 0 {
		t.Errorf("received %v; want nothing", got)
	}
}

func TestForeignSubscriptionsAreRefused(t *testing.T) {
	h := brokertest.Start(t, new(brokertest.Desk), nil)
	s, other := h.NewStation(t), h.NewStation(t)
	c := h.Dial(t, h.Options(s))
	for _, filter := range []string{"#", "kit/1/demo/+/d/#", wire.DownFilter(s.Tenant, other.ID), "kit/1/demo/" + string(s.ID) + "/u/#", "$SYS/#", "$share/x/#"} {
		token := c.Subscribe(filter, 1, nil)
		err := brokertest.Wait(token)
		for _, code := range token.(*mqtt.SubscribeToken).Result() {
			if err == nil && code != 0x80 {
				t.Errorf("subscribe(%s) = %#x; want 0x80", filter, code)
			}
		}
	}
}

func TestWhoIsRefused(t *testing.T) {
	h := brokertest.Start(t, new(brokertest.Desk), nil)
	s := h.NewStation(t)
	elsewhere := brokertest.Start(t, new(brokertest.Desk), nil).NewStation(t)
	stranger := brokertest.TLS(s, identity.ProtoMQTT)
	stranger.Certificates = brokertest.TLS(elsewhere, identity.ProtoMQTT).Certificates
	nobody := brokertest.TLS(s, identity.ProtoMQTT)
	nobody.Certificates = nil
	tests := []struct {
		name    string
		options *mqtt.ClientOptions
	}{
		{"another client id", h.Options(s).SetClientID("sabcdefghijklmnop")},
		{"another authority", h.Options(elsewhere).SetTLSConfig(stranger)},
		{"no certificate", h.Options(s).SetTLSConfig(nobody)},
		{"MQTT 3.1", h.Options(s).SetProtocolVersion(3)},
		{"will about somebody else", h.Options(s).SetWill("kit/1/demo/sabcdefghijklmnop/u/state", "{}", 1, false)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := mqtt.NewClient(test.options)
			if err := brokertest.Wait(c.Connect()); err == nil {
				c.Disconnect(0)
				t.Error("connect = nil; want a refusal")
			}
		})
	}
}

func TestAnExpiredCertificateIsRefused(t *testing.T) {
	h := brokertest.Start(t, new(brokertest.Desk), nil)
	s := h.NewStation(t)
	h.Skip(2 * 365 * 24 * time.Hour)
	if err := brokertest.Wait(mqtt.NewClient(h.Options(s)).Connect()); err == nil {
		t.Error("connect with an expired certificate = nil; want a refusal")
	}
}

func TestRevocationCutsALiveConnection(t *testing.T) {
	desk := new(brokertest.Desk)
	h := brokertest.Start(t, desk, nil)
	s, other := h.NewStation(t), h.NewStation(t)
	lost := make(chan struct{})
	h.Dial(t, h.Options(s).SetConnectionLostHandler(func(mqtt.Client, error) { close(lost) }))
	bystander := h.Dial(t, h.Options(other))
	h.Gate.Revoked = func(p identity.Peer) error {
		if p.Station == s.ID {
			return identity.ErrRevoked
		}
		return nil
	}
	h.Broker.Disconnect(s.Tenant, s.ID)
	<-lost
	c := mqtt.NewClient(h.Options(s))
	if err := brokertest.Wait(c.Connect()); err == nil {
		t.Error("a revoked station connected again")
	}
	if err := brokertest.Publish(bystander, other, wire.KindHello, []byte("x")); err != nil {
		t.Errorf("bystander's publish = %v; want nil", err)
	}
}

func TestTakeOver(t *testing.T) {
	desk := new(brokertest.Desk)
	h := brokertest.Start(t, desk, nil)
	s := h.NewStation(t)
	state := wire.Up(s.Tenant, s.ID, wire.KindState)
	h.Dial(t, h.Options(s).SetWill(state, "first", 1, true))
	second := h.Dial(t, h.Options(s).SetWill(state, "second", 1, true))
	if got := <-desk.Leaving(); got.Payload != "first" {
		t.Errorf("left with will %q; want the first connection's", got.Payload)
	}
	if err := brokertest.Publish(second, s, wire.KindHello, []byte("x")); err != nil {
		t.Errorf("publish after take-over = %v; want nil", err)
	}
	if got := h.Broker.Connected(); got != 1 {
		t.Errorf("Connected() = %d; want 1", got)
	}
	second.Disconnect(100)
	if got := <-desk.Leaving(); got.Payload != "second" {
		t.Errorf("left with will %q; want the second connection's", got.Payload)
	}
}

func subscribe(t *testing.T, c mqtt.Client, s *identity.Station) chan mqtt.Message {
	t.Helper()
	got := make(chan mqtt.Message, 100)
	err := brokertest.Wait(c.Subscribe(wire.DownFilter(s.Tenant, s.ID), 1, func(_ mqtt.Client, m mqtt.Message) { got <- m }))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWhatAStationIsTold(t *testing.T) {
	desk := &brokertest.Desk{Keep: []brokertest.Message{{Kind: wire.KindDesired, Payload: "kept"}}}
	h := brokertest.Start(t, desk, nil)
	s := h.NewStation(t)
	if err := h.Broker.Push(s.Tenant, s.ID, wire.KindAck, []byte("early")); !errors.Is(err, broker.ErrGone) {
		t.Errorf("Push(absent) = %v; want %v", err, broker.ErrGone)
	}
	got := subscribe(t, h.Dial(t, h.Options(s)), s)
	if m := <-got; string(m.Payload()) != "kept" || m.Topic() != wire.Down(s.Tenant, s.ID, wire.KindDesired) {
		t.Errorf("first message = %s %s; want the retained one", m.Topic(), m.Payload())
	}
	if err := h.Broker.Push(s.Tenant, s.ID, wire.KindAck, []byte("live")); err != nil {
		t.Fatal(err)
	}
	if m := <-got; string(m.Payload()) != "live" || m.Topic() != wire.Down(s.Tenant, s.ID, wire.KindAck) {
		t.Errorf("second message = %s %s; want the pushed one", m.Topic(), m.Payload())
	}
}

// raw opens TLS as s and sends bytes.
func raw(t *testing.T, h *brokertest.Host, s *identity.Station, bytes ...byte) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", h.Addr, brokertest.TLS(s, identity.ProtoMQTT))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := conn.Write(bytes); err != nil {
		t.Fatal(err)
	}
	return conn
}

func connectPacket(s *identity.Station) []byte {
	body := append([]byte{0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, byte(len(s.ID))}, s.ID...)
	return append([]byte{0x10, byte(len(body))}, body...)
}

func TestSilenceEndsAConnection(t *testing.T) {
	tests := []struct {
		name   string
		change func(*broker.Config)
		bytes  func(*identity.Station) []byte
	}{
		{"before CONNECT", func(c *broker.Config) { c.ConnectWithin = 100 * time.Millisecond }, func(*identity.Station) []byte { return nil }},
		{"within CONNECT", func(c *broker.Config) { c.ConnectWithin = 100 * time.Millisecond }, func(*identity.Station) []byte { return []byte{0x10, 50, 0} }},
		{"half open, no keep-alive asked", func(c *broker.Config) { c.MaxKeepalive = time.Second }, connectPacket},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := brokertest.Start(t, new(brokertest.Desk), test.change)
			s := h.NewStation(t)
			conn := raw(t, h, s, test.bytes(s)...)
			conn.SetReadDeadline(time.Now().Add(brokertest.Patience))
			answer := make([]byte, 4)
			for {
				if _, err := conn.Read(answer); err != nil {
					var timeout interface{ Timeout() bool }
					if errors.As(err, &timeout) && timeout.Timeout() {
						t.Error("the connection was never ended")
					}
					return
				}
			}
		})
	}
}

func TestHostilePackets(t *testing.T) {
	tests := []struct {
		name   string
		packet []byte
	}{
		{"larger than the protocol allows", []byte{0x32, 0xff, 0xff, 0xff, 0x7f}},
		{"length without end", []byte{0x32, 0xff, 0xff, 0xff, 0xff, 0xff}},
		{"QoS 2", []byte{0x34, 5, 0, 1, 'a', 0, 1}},
		{"QoS 3", []byte{0x36, 5, 0, 1, 'a', 0, 1}},
		{"no packet identifier", []byte{0x32, 3, 0, 1, 'a'}},
		{"topic longer than packet", []byte{0x32, 4, 0xff, 0xff, 'a', 0}},
		{"second CONNECT", []byte{0x10, 0}},
		{"reserved type", []byte{0x00, 0}},
	}
	desk := new(brokertest.Desk)
	h := brokertest.Start(t, desk, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := h.NewStation(t)
			raw(t, h, s, append(connectPacket(s), test.packet...)...)
			<-desk.Leaving()
		})
	}
	if got := desk.Got(); len(got) != 0 {
		t.Errorf("received %v; want nothing", got)
	}
}

func TestManyStationsAtOnce(t *testing.T) {
	const stations, messages = 20, 50
	desk := new(brokertest.Desk)
	h := brokertest.Start(t, desk, nil)
	var wg sync.WaitGroup
	for range stations {
		s := h.NewStation(t)
		c := h.Dial(t, h.Options(s))
		wg.Go(func() {
			for range messages {
				if err := brokertest.Publish(c, s, wire.KindTelemetry, []byte("{}")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := len(desk.Got()); got != stations*messages {
		t.Errorf("received %d; want %d", got, stations*messages)
	}
}

// lockedBuffer is a log that tests read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
