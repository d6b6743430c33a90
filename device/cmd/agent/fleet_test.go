package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/enroll/enrolltest"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

const tenant = wire.Tenant("nancy")

var quiet = slog.New(slog.DiscardHandler)

// fleet is a small server on one TLS port: enrolment, what is signed, MQTT.
type fleet struct {
	mochi.HookBase
	t         testing.TB
	registry  enrolltest.Memory
	authority *identity.Authority
	released  *release.Repository
	public    string // what a stick would hold
	dir       string
	broker    *mochi.Server
	address   string

	packs atomic.Pointer[chan struct{}] // closed: lesson packs are given; nil: at once

	mu      sync.Mutex
	now     time.Time // of enrolment; zero: the real one
	changed chan struct{}
	got     map[wire.Kind][]byte // newest payload of each kind
	topics  map[wire.Kind]wire.Topic

	journals map[string][]wire.JournalLine // by name; nil: none are taken
}

func newFleet(t testing.TB) *fleet {
	t.Helper()
	f := &fleet{t: t, changed: make(chan struct{}), got: map[wire.Kind][]byte{}, topics: map[wire.Kind]wire.Topic{}}
	dir, now := t.TempDir(), time.Now()
	f.dir = dir
	must(t, identity.CreateAuthority(filepath.Join(dir, "authority"), "Fleet of a test", now.AddDate(0, 0, -401)))
	must(t, release.Init(filepath.Join(dir, "release"), now, tenant))
	var err error
	f.authority, err = identity.OpenAuthority(filepath.Join(dir, "authority"))
	must(t, err)
	f.released, err = release.Open(filepath.Join(dir, "release"))
	must(t, err)
	f.public = filepath.Join(dir, "release", "public")
	f.broker = mochi.New(&mochi.Options{InlineClient: true, Logger: quiet})
	must(t, f.broker.AddHook(f, nil))
	must(t, f.broker.Serve())
	t.Cleanup(func() { f.broker.Close() })
	f.serve()
	return f
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fleet) serve() { f.address = f.listen(f.authority, f.admit) }

// listen opens a port on which the fleet is under an authority, and returns its
// address.
func (f *fleet) listen(authority *identity.Authority, admit func(*http.Server, *tls.Conn, http.Handler)) string {
	f.t.Helper()
	config, err := authority.Server([]string{"127.0.0.1"}, time.Now, quiet)
	must(f.t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(f.t, err)
	address := l.Addr().String()
	door := &enroll.Server{Registry: &f.registry, Authority: authority, Release: f.released.Root, Address: address, Now: f.Now, Log: quiet}
	mux := http.NewServeMux()
	mux.Handle(release.Path, http.StripPrefix(release.Path[:len(release.Path)-1],
		f.slow(f.released.Handler(func(*http.Request) (wire.Tenant, error) { return tenant, nil }))))
	mux.HandleFunc("POST "+wire.PathJournals+"{name}", f.takeJournal)
	mux.Handle("/", door.Handler())
	s := &http.Server{Handler: mux, TLSConfig: config, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){identity.ProtoMQTT: admit}}
	go s.ServeTLS(l, "", "")
	f.t.Cleanup(func() { s.Close() })
	return address
}

// slow is a line on which lesson packs take their time.
func (f *fleet) slow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if packs := f.packs.Load(); packs != nil && strings.HasSuffix(q.URL.Path, ".zip") {
			select {
			case <-*packs:
			case <-q.Context().Done():
			}
		}
		next.ServeHTTP(w, q)
	})
}

// takeJournal keeps what a station sent, if anything is taken.
func (f *fleet) takeJournal(w http.ResponseWriter, q *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	z, err := gzip.NewReader(q.Body)
	if err != nil || f.journals == nil {
		http.Error(w, "no", http.StatusServiceUnavailable)
		return
	}
	var lines []wire.JournalLine
	if err := wire.ReadJournal(z, func(l wire.JournalLine) bool { lines = append(lines, l); return true }); err != nil {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	f.journals[q.PathValue("name")] = lines
	w.WriteHeader(http.StatusNoContent)
}

// admit lets stations in whose certificate is good today.
func (f *fleet) admit(_ *http.Server, c *tls.Conn, _ http.Handler) {
	gate := f.authority.Gate(enroll.Revoked(context.Background(), &f.registry))
	if _, err := gate.VerifyStation(time.Now(), c.ConnectionState().PeerCertificates); err == nil {
		f.broker.EstablishConnection("tls", c)
	}
}

// Now is the fleet's time when it enrols and renews.
func (f *fleet) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now.IsZero() {
		return time.Now()
	}
	return f.now
}

func (f *fleet) setNow(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = t
}

// token is what a technician writes at flashing.
func (f *fleet) token() string {
	f.t.Helper()
	text, err := enroll.Issue(context.Background(), &f.registry, enroll.Offer{Server: f.address,
		Root: f.authority.Fingerprint(), Tenant: tenant, Kit: "kit-1", Expires: f.Now().Add(time.Hour)})
	must(f.t, err)
	return text
}

// Provides implements mochi.Hook.
func (f *fleet) Provides(b byte) bool {
	return bytes.Contains([]byte{mochi.OnPublish, mochi.OnConnectAuthenticate, mochi.OnACLCheck}, []byte{b})
}

// OnConnectAuthenticate implements mochi.Hook.
func (f *fleet) OnConnectAuthenticate(*mochi.Client, packets.Packet) bool { return true }

// OnACLCheck implements mochi.Hook.
func (f *fleet) OnACLCheck(*mochi.Client, string, bool) bool { return true }

// OnPublish implements mochi.Hook.
func (f *fleet) OnPublish(_ *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	topic, err := wire.ParseTopic(pk.TopicName)
	if err != nil || !topic.Up {
		return pk, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got[topic.Kind], f.topics[topic.Kind] = bytes.Clone(pk.Payload), topic
	close(f.changed)
	f.changed = make(chan struct{})
	return pk, packets.CodeSuccessIgnore
}

// until waits for a message of a kind that, decoded into m, satisfies ok.
func (f *fleet) until(kind wire.Kind, m wire.Message, ok func() bool) wire.Topic {
	f.t.Helper()
	deadline := time.After(time.Minute)
	for {
		f.mu.Lock()
		payload, topic, changed := f.got[kind], f.topics[kind], f.changed
		f.mu.Unlock()
		if payload != nil && wire.Decode(payload, m) == nil && ok() {
			return topic
		}
		select {
		case <-changed:
		case <-deadline:
			f.t.Fatalf("no such %s message", kind)
		}
	}
}

func (f *fleet) tell(station wire.Station, kind wire.Kind, m wire.Message) {
	f.t.Helper()
	payload, err := wire.Encode(m)
	must(f.t, err)
	must(f.t, f.broker.Publish(wire.Down(tenant, station, kind), payload, true, 1))
}
