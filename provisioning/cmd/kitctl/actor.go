package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"time"

	"filippo.io/age"
	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// patience bounds one exchange with the server.
const patience = 30 * time.Second

// window is how many messages a station has under way.
const window = 8

// actor is one station of the crowd.
type actor struct {
	crowd      *crowd
	station    *identity.Station
	recipients []age.Recipient
	client     paho.Client
	ledger     pass.Ledger
	acks       chan uint64 // highest record the fleet says it has
}

func connect(ctx context.Context, c *crowd, s *identity.Station, recipients []age.Recipient) (*actor, error) {
	a := &actor{crowd: c, station: s, recipients: recipients, acks: make(chan uint64, 64)}
	a.ledger = pass.Ledger{Tenant: string(s.Tenant), Station: string(s.ID), Log: pass.NewLogID(), Key: s.Ledger}
	a.client = paho.NewClient(a.options())
	if err := await(ctx, a.client.Connect()); err != nil {
		return nil, err
	}
	if err := await(ctx, a.client.Subscribe(wire.DownFilter(s.Tenant, s.ID), 1, a.hear)); err != nil {
		return a, err
	}
	return a, a.publish(ctx, wire.KindHello, &wire.Hello{
		Wire: wire.Version, Incarnation: s.Incarnation, Boot: "simulation", Slot: "host", Release: "simulation", Agent: version,
		Model: "simulation", Log: a.ledger.Log,
	})
}

func (a *actor) options() *paho.ClientOptions {
	config := a.station.TLS(noFloor)
	config.NextProtos = []string{identity.ProtoMQTT}
	o := paho.NewClientOptions().AddBroker("tls://" + a.station.Server).SetClientID(string(a.station.ID))
	o.SetCleanSession(true).SetProtocolVersion(4).SetAutoReconnect(false).SetOrderMatters(false)
	o.SetConnectTimeout(patience).SetWriteTimeout(patience)
	o.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) {
		return tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", a.station.Server, config)
	})
	return o
}

// hear notes how far the fleet has stored this station's log.
func (a *actor) hear(_ paho.Client, m paho.Message) {
	topic, err := wire.ParseTopic(m.Topic())
	if err != nil || topic.Kind != wire.KindAck {
		return
	}
	var ack wire.Ack
	if wire.Decode(m.Payload(), &ack) != nil {
		return
	}
	for _, l := range ack.Logs {
		if l.Log == a.ledger.Log {
			a.acks <- l.Seq
		}
	}
}

// play writes n records, sends them and waits until the fleet has them all.
func (a *actor) play(ctx context.Context, n int) error {
	under := make(chan paho.Token, window)
	sent := make(chan error, 1)
	go func() { sent <- a.confirm(ctx, under) }()
	err := a.send(ctx, n, under)
	close(under)
	if err := errors.Join(err, <-sent); err != nil {
		return err
	}
	return a.stored(ctx, uint64(n))
}

func (a *actor) send(ctx context.Context, n int, under chan<- paho.Token) error {
	for range n {
		entry, err := a.write()
		if err != nil {
			return err
		}
		payload, err := wire.Encode(&wire.Records{Log: a.ledger.Log, First: a.ledger.Seq, Entries: []pass.Entry{entry}})
		if err != nil {
			return err
		}
		token := a.client.Publish(wire.Up(a.station.Tenant, a.station.ID, wire.KindRecords), 1, false, payload)
		a.crowd.sent.Add(1)
		select {
		case under <- token:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// confirm waits for the PUBACK of everything under way.
func (a *actor) confirm(ctx context.Context, under <-chan paho.Token) error {
	var failed error
	for token := range under {
		if err := await(ctx, token); err != nil {
			failed = err
			continue
		}
		a.crowd.acknowledged.Add(1)
	}
	return failed
}

func (a *actor) stored(ctx context.Context, want uint64) error {
	var got uint64
	defer func() { a.crowd.stored.Add(int64(got)) }()
	for got < want {
		select {
		case seq := <-a.acks:
			got = max(got, min(seq, want))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// write appends a record that concerns no pass: the day's count of papers.
func (a *actor) write() (pass.Entry, error) {
	record := pass.Record{
		V: 1, Kind: pass.PaperCount, Tenant: a.ledger.Tenant, Station: a.ledger.Station,
		At:     pass.Position{Log: a.ledger.Log, Seq: a.ledger.Seq + 1},
		Stamp:  pass.Stamp{Wall: time.Now().UTC(), Clock: pass.ClockRTC, Boot: "simulation"},
		Papers: &pass.Papers{},
	}
	text, err := record.Encode()
	if err != nil {
		return pass.Entry{}, err
	}
	sealed, err := seal(text, a.recipients)
	if err != nil {
		return pass.Entry{}, err
	}
	entry, next, err := a.ledger.Next(sealed)
	if err == nil {
		a.ledger = next
	}
	return entry, err
}

func seal(text []byte, to []age.Recipient) ([]byte, error) {
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return sealed.Bytes(), err
}

func (a *actor) publish(ctx context.Context, kind wire.Kind, m wire.Message) error {
	payload, err := wire.Encode(m)
	if err != nil {
		return err
	}
	return await(ctx, a.client.Publish(wire.Up(a.station.Tenant, a.station.ID, kind), 1, false, payload))
}

func await(ctx context.Context, token paho.Token) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (a *actor) close() { a.client.Disconnect(0) }
