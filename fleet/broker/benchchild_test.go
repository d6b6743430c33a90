package broker_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/mallette-kit/mallette/fleet/broker"
	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// The benchmarks measure whole processes, so the server is this test binary
// started again with its part in the environment.
const childVariable = "MALLETTE_BENCH_CHILD"

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		if err := serveChild(text); err != nil {
			fmt.Fprintln(os.Stderr, "bench child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// part is what a child is told to do.
type part struct {
	Authority string // directory
	Store     string // directory, made by the child
	Upstream  string // Mosquitto's address; "": be the broker
	Client    string // directory of a station that reads everything from it
}

// child is a server under measure and its control.
type child struct {
	desk   *intake.Desk
	stored atomic.Int64
	pause  chan time.Duration
}

func serveChild(text string) error {
	var p part
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return err
	}
	c := &child{pause: make(chan time.Duration, 1)}
	db, err := store.Create(context.Background(), p.Store, store.WithCommitFault(c.rest))
	if err != nil {
		return err
	}
	defer db.Close()
	log := slog.New(slog.DiscardHandler)
	c.desk = &intake.Desk{Store: db, Awake: func() {}, Now: time.Now, Log: log, Metrics: intake.NewMetrics(),
		Acks: &intake.Acks{Store: db, Log: log}}
	address := p.Upstream
	if p.Upstream == "" {
		address, err = c.serve(p, log)
	} else {
		err = c.consume(p)
	}
	if err != nil {
		return err
	}
	return c.control(address)
}

// rest stands for a disk that does not answer for a while.
func (c *child) rest() error {
	select {
	case d := <-c.pause:
		time.Sleep(d)
	default:
	}
	return nil
}

// Receive counts what the desk has committed.
func (c *child) Receive(ctx context.Context, peer identity.Peer, topic wire.Topic, payload []byte) error {
	err := c.desk.Receive(ctx, peer, topic, payload)
	if err == nil {
		c.stored.Add(1)
	}
	return err
}

func (c *child) Retained(context.Context, identity.Peer, func(wire.Kind, []byte)) error { return nil }

func (c *child) Left(context.Context, identity.Peer, []byte) {}

// serve is the embedded broker.
func (c *child) serve(p part, log *slog.Logger) (string, error) {
	a, err := identity.OpenAuthority(p.Authority)
	if err != nil {
		return "", err
	}
	gate := identity.Gate{Root: a.Root()}
	b, err := broker.New(broker.Config{Handler: c, Log: log, Identify: func(_ context.Context, s *tls.ConnectionState) (identity.Peer, error) {
		return gate.VerifyStation(time.Now(), s.PeerCertificates)
	}})
	if err != nil {
		return "", err
	}
	config, err := a.Server([]string{"127.0.0.1"}, time.Now, log)
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	srv := &http.Server{TLSConfig: config, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){broker.ALPN: b.ServeTLS}}
	go func() { _ = b.Run(context.Background()) }()
	go func() { _ = srv.ServeTLS(l, "", "") }()
	return l.Addr().String(), nil
}

// consume is an ordinary subscriber that acknowledges after the commit.
func (c *child) consume(p part) error {
	s, err := identity.LoadStation(p.Client)
	if err != nil {
		return err
	}
	config := s.TLS(func() time.Time { return time.Time{} })
	o := mqtt.NewClientOptions().AddBroker("tls://" + p.Upstream).SetClientID("fleet").SetTLSConfig(config).
		SetAutoAckDisabled(true).SetOrderMatters(false).SetMessageChannelDepth(10000)
	client := mqtt.NewClient(o)
	if t := client.Connect(); t.Wait() && t.Error() != nil {
		return t.Error()
	}
	t := client.Subscribe("kit/1/+/+/u/#", 1, func(_ mqtt.Client, m mqtt.Message) {
		topic, err := wire.ParseTopic(m.Topic())
		if err != nil {
			return
		}
		peer := identity.Peer{Tenant: topic.Tenant, Station: topic.Station, Incarnation: 1}
		if c.Receive(context.Background(), peer, topic, m.Payload()) == nil {
			m.Ack()
		}
	})
	t.Wait()
	return t.Error()
}

// control says where the server is and answers questions until stdin ends.
func (c *child) control(address string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/stored", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.stored.Load()) })
	mux.HandleFunc("/pause", func(_ http.ResponseWriter, r *http.Request) {
		if d, err := time.ParseDuration(r.FormValue("for")); err == nil {
			c.pause <- d
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(l, mux) }()
	fmt.Println(address, l.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
