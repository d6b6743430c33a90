package uplink_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

const (
	tenant  = wire.Tenant("nancy")
	station = wire.Station("sabcdefghij234567")
)

// fleet is a small server with a real broker: it stores what comes, by key,
// and says what it has stored.
type fleet struct {
	t      testing.TB
	broker *mochi.Server
	hook   *intake
	server *tls.Config
	me     *identity.Station
	tls    string // addresses
	web    string

	conns    sync.WaitGroup
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at each change
	epoch    string
	records  map[pass.Position]string
	counters map[string]uint64
	got      []message            // everything, in order
	kept     map[wire.Kind][]byte // what it said last, for those who subscribe later
	lose     func() bool
}

type message struct {
	topic   wire.Topic
	payload []byte
	retain  bool
}

type intake struct {
	mochi.HookBase
	f *fleet
}

func (h *intake) Provides(b byte) bool {
	return bytes.Contains([]byte{mochi.OnPublish, mochi.OnSubscribed, mochi.OnConnectAuthenticate, mochi.OnACLCheck}, []byte{b})
}

func (h *intake) OnConnectAuthenticate(*mochi.Client, packets.Packet) bool { return true }

func (h *intake) OnACLCheck(*mochi.Client, string, bool) bool { return true }

func (h *intake) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.ID != string(station) {
		return pk, nil
	}
	topic, err := wire.ParseTopic(pk.TopicName)
	if err != nil {
		h.f.t.Errorf("station published on a topic that is not of the protocol")
		return pk, packets.ErrRejectPacket
	}
	h.f.take(message{topic, bytes.Clone(pk.Payload), pk.FixedHeader.Retain})
	return pk, packets.CodeSuccessIgnore
}

// OnSubscribed says again what the fleet last said of each kind. The library's
// own retained messages race with a subscriber that comes.
func (h *intake) OnSubscribed(*mochi.Client, packets.Packet, []byte) {
	h.f.mu.Lock()
	kept := maps.Clone(h.f.kept)
	h.f.mu.Unlock()
	for kind, payload := range kept {
		if err := h.f.broker.Publish(wire.Down(tenant, station, kind), payload, false, 1); err != nil {
			h.f.t.Errorf("say %s again: %v", kind, err)
		}
	}
}

func newFleet(t testing.TB) *fleet {
	t.Helper()
	f := &fleet{t: t, changed: make(chan struct{}), epoch: "e1", records: map[pass.Position]string{}, counters: map[string]uint64{}, kept: map[wire.Kind][]byte{}}
	f.enrol()
	f.start()
	return f
}

// enrol makes an authority, a server certificate and one station.
func (f *fleet) enrol() {
	dir, now := f.t.TempDir(), time.Now()
	must(f.t, identity.CreateAuthority(dir, "Fleet of a test", now))
	a, err := identity.OpenAuthority(dir)
	must(f.t, err)
	f.server, err = a.Server([]string{"127.0.0.1"}, time.Now, slog.New(slog.DiscardHandler))
	must(f.t, err)
	keys, err := identity.NewKeys()
	must(f.t, err)
	peer := identity.Peer{Tenant: tenant, Station: station, Incarnation: 1}
	chain, _, err := a.IssueStation(peer, &keys.TLS.PublicKey, now)
	must(f.t, err)
	f.me, err = identity.NewStation(keys, chain, a.RootPEM(), "kit-1", "127.0.0.1:1")
	must(f.t, err)
}

func (f *fleet) start() {
	f.broker = mochi.New(&mochi.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	f.hook = &intake{f: f}
	must(f.t, f.broker.AddHook(f.hook, nil))
	must(f.t, f.broker.Serve())
	l, err := tls.Listen("tcp", "127.0.0.1:0", withProtocol(f.server, "mqtt"))
	must(f.t, err)
	f.tls = l.Addr().String()
	f.conns.Go(func() { f.accept(l) })
	f.t.Cleanup(func() {
		l.Close()
		f.cut()
		f.conns.Wait() // the broker may not be closed while somebody comes
		f.broker.Close()
	})
	f.web = f.startWeb()
}

func (f *fleet) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		f.conns.Go(func() { f.broker.EstablishConnection("tls", c) })
	}
}

func withProtocol(c *tls.Config, protocol string) *tls.Config {
	c = c.Clone()
	c.NextProtos = []string{protocol}
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// take stores a message and answers it, unless this fleet loses it.
func (f *fleet) take(m message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lose != nil && f.lose() {
		return
	}
	f.got = append(f.got, m)
	switch m.topic.Kind {
	case wire.KindRecords:
		f.storeRecords(m.payload)
	case wire.KindCounters:
		f.storeCounters(m.payload)
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fleet) storeRecords(payload []byte) {
	var r wire.Records
	if err := wire.Decode(payload, &r); err != nil {
		f.t.Errorf("records: %v", err)
		return
	}
	for i, e := range r.Entries {
		at := pass.Position{Log: r.Log, Seq: r.First + uint64(i)}
		if before, ok := f.records[at]; ok && before != e.Line {
			f.t.Errorf("two different records at %d", at.Seq)
		}
		f.records[at] = e.Line
	}
}

func (f *fleet) storeCounters(payload []byte) {
	var c wire.Counters
	if err := wire.Decode(payload, &c); err != nil {
		f.t.Errorf("counters: %v", err)
		return
	}
	for _, c := range c.Counters {
		key := fmt.Sprint(c.Period, c.Name, c.Lesson, c.Outcome)
		f.counters[key] = max(f.counters[key], c.Value)
		f.counters["rev"] = max(f.counters["rev"], c.Rev)
	}
}

// acks returns what is stored without a gap.
func (f *fleet) acks() wire.Ack {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := wire.Ack{Epoch: f.epoch}
	logs := map[pass.LogID]bool{}
	for at := range f.records {
		logs[at.Log] = true
	}
	for log := range logs {
		l := wire.LogAck{Log: log, Rev: f.counters["rev"]}
		for _, ok := f.records[pass.Position{Log: log, Seq: l.Seq + 1}]; ok; _, ok = f.records[pass.Position{Log: log, Seq: l.Seq + 1}] {
			l.Seq++
		}
		a.Logs = append(a.Logs, l)
	}
	return a
}

func (f *fleet) tell(kind wire.Kind, m wire.Message) {
	f.t.Helper()
	payload, err := wire.Encode(m)
	must(f.t, err)
	f.send(kind, payload)
}

func (f *fleet) send(kind wire.Kind, payload []byte) {
	f.t.Helper()
	f.mu.Lock()
	f.kept[kind] = payload
	f.mu.Unlock()
	must(f.t, f.broker.Publish(wire.Down(tenant, station, kind), payload, false, 1))
}

func (f *fleet) ack() {
	a := f.acks()
	f.tell(wire.KindAck, &a)
}

// cut ends the station's connection as a failing network does.
func (f *fleet) cut() {
	if cl, ok := f.broker.Clients.Get(string(station)); ok {
		cl.Stop(packets.ErrServerUnavailable)
	}
}

// until waits for a condition on the fleet's state.
func (f *fleet) until(what string, ok func() bool) {
	f.t.Helper()
	deadline := time.After(60 * time.Second)
	for {
		f.mu.Lock()
		done, changed := ok(), f.changed
		f.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			f.t.Fatalf("never: %s", what)
		}
	}
}

// last returns the newest message of a kind, decoded into m; call it in until.
func (f *fleet) last(kind wire.Kind, m wire.Message) bool {
	for i := len(f.got) - 1; i >= 0; i-- {
		if f.got[i].topic.Kind == kind {
			return wire.Decode(f.got[i].payload, m) == nil
		}
	}
	return false
}

// folder gives the uplink the real outbox.
type folder struct{ outbox.Folder }

func (f *folder) Open(ctx context.Context) (uplink.Ledger, []uplink.Ledger, error) {
	r, aside, err := f.Folder.Open(ctx)
	var others []uplink.Ledger
	for _, a := range aside {
		others = append(others, a)
	}
	if r == nil {
		return nil, others, err
	}
	return r, others, err
}

// handClock is a clock that the server sets.
type handClock struct {
	mu      sync.Mutex
	now     time.Time
	quality pass.Quality
}

func (c *handClock) Now() (time.Time, pass.Quality) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now, c.quality
}

func (c *handClock) SetServer(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Year() > 2090 {
		return fmt.Errorf("implausible")
	}
	c.now, c.quality = t, pass.ClockNTP
	return nil
}

// kit is one station: its disk, its clock, and what it was told to do.
type kit struct {
	t     testing.TB
	f     *fleet
	dir   string
	box   *outbox.Outbox
	log   pass.LogID
	clock *handClock
	w     outbox.Writer
	jobs  chan wire.Job
	tune  func(*uplink.Config)

	stop context.CancelFunc
	done chan struct{}
	up   *uplink.Uplink
}

func newKit(t testing.TB, f *fleet) *kit {
	t.Helper()
	secret, err := age.GenerateX25519Identity()
	must(t, err)
	k := &kit{t: t, f: f, dir: t.TempDir(), clock: &handClock{quality: pass.ClockUnset}, jobs: make(chan wire.Job, 8)}
	k.w = outbox.Writer{Tenant: tenant, Station: station, LedgerKey: ed25519.NewKeyFromSeed(make([]byte, 32)),
		Recipients: func() []string { return []string{secret.Recipient().String()} }, Limits: outbox.Limits{Reserve: 64 << 10}}
	k.open()
	t.Cleanup(func() { k.stopAgent(); k.box.Close() })
	return k
}

func (k *kit) open() {
	box, report, err := outbox.Open(context.Background(), k.dir+"/"+outbox.FileName, k.w)
	must(k.t, err)
	k.box, k.log = box, report.Log
}

func (k *kit) validate(serial pass.Serial) {
	k.t.Helper()
	ref := pass.Ref{Assurance: pass.QRSigned, Issuer: 1, Batch: 1, Serial: serial, Key: 1}
	_, err := k.box.Append(context.Background(), pass.Record{Kind: pass.Validation, Pass: &ref,
		Stamp: pass.Stamp{Clock: pass.ClockUnset, Boot: "b"}, Structure: 1, Service: "KS-01", Posture: pass.PostureWith})
	must(k.t, err)
}

func (k *kit) config() uplink.Config {
	c := uplink.Config{
		Tenant: tenant, Station: station, Incarnation: 1, Dir: k.dir,
		Server: func() string { return k.f.tls },
		TLS:    func() *tls.Config { return k.f.me.TLS(func() time.Time { return time.Time{} }) },
		Outbox: &folder{outbox.Folder{Dir: k.dir}}, Clock: k.clock, Log: testLog(k.t),
		Hello: func() wire.Hello {
			return wire.Hello{Boot: "b", Slot: "host", Release: "r1", Agent: "test", Arch: "amd64", Model: "none", Schemas: []string{outbox.Schema}}
		},
		Telemetry: func(context.Context) wire.Telemetry { return wire.Telemetry{UptimeSeconds: 1} },
		Reported:  func() wire.Reported { return wire.Reported{Release: "r1"} },
		Do: func(_ context.Context, j wire.Job) (uplink.Done, error) {
			if j.Kind != wire.JobIdentify {
				return uplink.Done{}, uplink.ErrUnknownJob
			}
			k.jobs <- j
			return uplink.Done{}, nil
		},
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
		Timing: uplink.Timing{Connect: 10 * time.Second, Retry: 5 * time.Millisecond, RetryMax: 20 * time.Millisecond,
			Poll: 5 * time.Millisecond, Resend: 100 * time.Millisecond},
	}
	if k.tune != nil {
		k.tune(&c)
	}
	return c
}

func (k *kit) startAgent() {
	k.t.Helper()
	up, err := uplink.New(k.config())
	must(k.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	k.up, k.stop, k.done = up, cancel, make(chan struct{})
	go func() { defer close(k.done); up.Run(ctx) }()
}

func (k *kit) stopAgent() {
	if k.stop != nil {
		k.stop()
		<-k.done
		k.stop = nil
	}
}

// testLog shows what the station logs when a test fails.
func testLog(t testing.TB) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }
