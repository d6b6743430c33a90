package intake_test

import (
	"crypto/ed25519"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/broker/brokertest"
	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/report"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/store/storetest"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

var noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

// kit is a desk and a believer on a real store, and one station with a log.
type kit struct {
	*store.Store
	desk     *intake.Desk
	believer *intake.Believer
	settled  *settler
	log      *strings.Builder
	host     *brokertest.Host // of online

	peer   identity.Peer
	ledger pass.Ledger
}

// settler counts how often it was woken.
type settler struct{ woken int }

func (s *settler) Wake(wire.Tenant) { s.woken++ }

// unseal undoes seal: sealing itself is the station's business and age's.
func unseal(sealed []byte) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(sealed), "sealed:")
	if !ok {
		return nil, errors.New("not sealed to us")
	}
	return []byte(plain), nil
}

func newKit(t *testing.T, options ...store.Option) *kit {
	t.Helper()
	return newKitTB(t, options...)
}

func newKitTB(t testing.TB, options ...store.Option) *kit {
	t.Helper()
	k := &kit{Store: storetest.NewFleet(t, options...), settled: new(settler), log: new(strings.Builder)}
	log := slog.New(slog.NewTextHandler(k.log, nil))
	metrics, now := intake.NewMetrics(), func() time.Time { return noon }
	k.desk = &intake.Desk{Store: k.Store, Now: now, Awake: func() {}, Settler: k.settled, Log: log, Metrics: metrics, Acks: &intake.Acks{
		Store: k.Store, Log: log, Push: func(wire.Tenant, wire.Station, wire.Kind, []byte) error { return nil }}}
	k.believer = &intake.Believer{Store: k.Store, Settler: k.settled, Unseal: unseal, MACKey: []byte("key"), Now: now, Log: log, Metrics: metrics}
	public, private, _ := ed25519.GenerateKey(nil)
	k.peer = identity.Peer{Tenant: storetest.Tenant, Station: identity.NewStationID(), Incarnation: 1}
	k.ledger = pass.Ledger{Tenant: string(k.peer.Tenant), Station: string(k.peer.Station), Log: pass.NewLogID(), Key: private}
	storetest.Enrol(t, k.Store, k.peer.Station, 1, public)
	return k
}

func validation(serial pass.Serial) pass.Record {
	return pass.Record{
		V: 1, Kind: pass.Validation, Stamp: pass.Stamp{Wall: noon, Clock: pass.ClockNTP, Boot: "boot-1", Mono: 60_000},
		Pass:      &pass.Ref{Assurance: pass.QRSigned, Issuer: 7, Batch: 1, Serial: serial, Key: 1},
		Structure: 1, SIRET: "73282932000074", Place: "halles", Service: "KS-01", Posture: pass.PostureWith,
	}
}

// next appends a record to the station's ledger; change spoils it first.
func (k *kit) next(t *testing.T, r pass.Record, change ...func(*pass.Record)) pass.Entry {
	t.Helper()
	r.V, r.Tenant, r.Station = 1, k.ledger.Tenant, k.ledger.Station
	r.At = pass.Position{Log: k.ledger.Log, Seq: k.ledger.Seq + 1}
	for _, c := range change {
		c(&r)
	}
	plain, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return k.seal(t, append([]byte("sealed:"), plain...))
}

func (k *kit) seal(t *testing.T, sealed []byte) pass.Entry {
	t.Helper()
	e, after, err := k.ledger.Next(sealed)
	if err != nil {
		t.Fatal(err)
	}
	k.ledger = after
	return e
}

func (k *kit) send(t *testing.T, kind wire.Kind, m wire.Message) error {
	t.Helper()
	payload, err := wire.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return k.receive(t, kind, payload)
}

func (k *kit) receive(t *testing.T, kind wire.Kind, payload []byte) error {
	t.Helper()
	topic := wire.Topic{Tenant: k.peer.Tenant, Station: k.peer.Station, Up: true, Kind: kind}
	return k.desk.Receive(t.Context(), k.peer, topic, payload)
}

func (k *kit) records(t *testing.T, first uint64, entries ...pass.Entry) {
	t.Helper()
	if err := k.send(t, wire.KindRecords, &wire.Records{Log: k.ledger.Log, First: first, Entries: entries}); err != nil {
		t.Fatal(err)
	}
}

func (k *kit) work(t *testing.T) {
	t.Helper()
	if err := k.believer.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// alarms returns the kinds of alarm that stand.
func (k *kit) alarms(t *testing.T) (kinds []intake.Alarm) {
	t.Helper()
	list, err := k.Alarms(t.Context(), k.peer.Tenant, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

// wantBelieved checks which passes settlement is shown, in order of serial.
func (k *kit) wantBelieved(t *testing.T, want ...pass.Serial) {
	t.Helper()
	var got []pass.Serial
	_, _, err := k.SettleWaiting(t.Context(), 100, func(_ wire.Tenant, claims []mint.Claim) []mint.Outcome {
		for _, c := range claims {
			got = append(got, c.Serial)
		}
		return make([]mint.Outcome, len(claims))
	})
	if slices.Sort(got); err != nil || !slices.Equal(got, want) {
		t.Errorf("believed %d validations (%v); want %d", len(got), err, len(want))
	}
	if (k.settled.woken > 0) != (len(want) > 0) {
		t.Errorf("settlement was woken %d times for %d validations", k.settled.woken, len(want))
	}
}

func (k *kit) wantAck(t *testing.T, seq uint64) {
	t.Helper()
	acks, err := k.Acks(t.Context(), k.peer.Tenant, k.peer.Station)
	if err != nil || len(acks) != 1 || acks[0].Seq != seq {
		t.Errorf("Acks() = %v, %v; want %d", acks, err, seq)
	}
}

func TestRecordsAreBelievedAndSettledOnce(t *testing.T) {
	k := newKit(t)
	a, b := k.next(t, validation(41)), k.next(t, validation(42))
	k.records(t, 1, a, b)
	k.work(t)
	k.records(t, 1, a, b)
	k.records(t, 2, b)
	k.work(t)
	k.wantAck(t, 2)
	k.wantBelieved(t, 41, 42)
	if got := k.alarms(t); got != nil {
		t.Errorf("alarms = %v; want none", got)
	}
}

func TestWhatIsNotBelieved(t *testing.T) {
	stranger := func(k *kit) { _, k.ledger.Key, _ = ed25519.GenerateKey(nil) }
	tests := []struct {
		name  string
		entry func(*testing.T, *kit) pass.Entry
		alarm intake.Alarm
	}{
		{"signed by another key", func(t *testing.T, k *kit) pass.Entry { stranger(k); return k.next(t, validation(41)) }, intake.AlarmJournal},
		{"signature altered", func(t *testing.T, k *kit) pass.Entry {
			e := k.next(t, validation(41))
			e.Sig[3] ^= 1
			return e
		}, intake.AlarmJournal},
		{"does not follow the one before", func(t *testing.T, k *kit) pass.Entry {
			k.ledger.Head[0] ^= 1
			return k.next(t, validation(41))
		}, intake.AlarmJournal},
		{"sealed to somebody else", func(t *testing.T, k *kit) pass.Entry { return k.seal(t, []byte("noise")) }, intake.AlarmUnreadable},
		{"no record inside", func(t *testing.T, k *kit) pass.Entry { return k.seal(t, []byte("sealed:{}")) }, intake.AlarmUnreadable},
		{"record of another station", func(t *testing.T, k *kit) pass.Entry {
			return k.next(t, validation(41), func(r *pass.Record) { r.Station = "sabcdefghijklmnop" })
		}, intake.AlarmJournal},
		{"record of another place in the log", func(t *testing.T, k *kit) pass.Entry {
			return k.next(t, validation(41), func(r *pass.Record) { r.At.Seq = 7 })
		}, intake.AlarmJournal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newKit(t)
			key := k.ledger.Key
			k.records(t, 1, k.next(t, validation(40)))
			k.records(t, 2, test.entry(t, k))
			k.ledger.Key = key
			k.records(t, 3, k.next(t, validation(42)))
			k.work(t)
			k.wantAck(t, 3)
			k.wantBelieved(t, 40, 42)
			if got := k.alarms(t); !slices.Equal(got, []intake.Alarm{test.alarm}) {
				t.Errorf("alarms = %v; want %v", got, test.alarm)
			}
			if kept, err := k.Evidence(t.Context(), intake.Log{Tenant: k.peer.Tenant, Station: k.peer.Station, ID: k.ledger.Log}, 0, 9); len(kept) != 3 || err != nil {
				t.Errorf("evidence = %d entries, %v; want all 3", len(kept), err)
			}
		})
	}
}

func TestHostileMessagesAreKeptApartAndAcknowledged(t *testing.T) {
	k := newKit(t)
	other := newKit(t)
	foreign, _ := wire.Encode(&wire.Records{Log: other.ledger.Log, First: 1, Entries: []pass.Entry{other.next(t, validation(1))}})
	shifted, _ := wire.Encode(&wire.Records{Log: k.ledger.Log, First: 9, Entries: []pass.Entry{k.next(t, validation(1))}})
	tests := []struct {
		name    string
		kind    wire.Kind
		payload []byte
	}{
		{"not JSON", wire.KindRecords, []byte("\x00\xff")},
		{"empty", wire.KindHello, nil},
		{"another kind", wire.KindCounters, []byte(`{"online":true,"session":1}`)},
		{"too large", wire.KindTelemetry, []byte(`{"problems":["` + strings.Repeat("x", wire.MaxPayload) + `"]}`)},
		{"deep", wire.KindReported, []byte(strings.Repeat("[", 60000))},
		{"entries of another station", wire.KindRecords, foreign},
		{"entries elsewhere than they say", wire.KindRecords, shifted},
		{"another incarnation", wire.KindHello, []byte(`{"wire":1,"incarnation":9,"boot":"b","schemas":[]}`)},
		{"orders are not for stations to give", wire.KindDesired, []byte(`{}`)},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := k.receive(t, test.kind, test.payload); err != nil {
				t.Errorf("Receive(%s) = %v; want nil, it is in quarantine", test.kind, err)
			}
			if n, err := k.Quarantined(t.Context(), k.peer.Tenant, k.peer.Station); n != i+1 || err != nil {
				t.Errorf("quarantined = %d, %v; want %d", n, err, i+1)
			}
		})
	}
}

func TestAStoreThatFailsIsNotAnAcknowledgement(t *testing.T) {
	broken := errors.New("disk broken")
	var fault error
	k := newKit(t, store.WithCommitFault(func() error { return fault }))
	fault = broken
	e := k.next(t, validation(41))
	for kind, m := range map[wire.Kind]wire.Message{
		wire.KindRecords: &wire.Records{Log: k.ledger.Log, First: 1, Entries: []pass.Entry{e}},
		wire.KindState:   &wire.State{Online: true, Session: 1},
		wire.KindHello:   &wire.Hello{Wire: 1, Incarnation: 1, Boot: "b"},
	} {
		if err := k.send(t, kind, m); !errors.Is(err, broken) {
			t.Errorf("Receive(%s) = %v; want %v", kind, err, broken)
		}
	}
	if err := k.receive(t, wire.KindState, []byte("nonsense")); !errors.Is(err, broken) {
		t.Errorf("Receive(nonsense) = %v; want %v", err, broken)
	}
	fault = nil
	k.records(t, 1, e)
	k.wantAck(t, 1)
}

func TestALostStation(t *testing.T) {
	k := newKit(t)
	if err := k.SaveLost(t.Context(), k.peer.Tenant, k.peer.Station, noon, registry.Audit{At: noon, Who: "test", What: "lost"}); err != nil {
		t.Fatal(err)
	}
	before := func(r *pass.Record) { r.Stamp.Wall = noon.Add(-time.Minute) }
	nobodyKnows := func(r *pass.Record) { r.Stamp = pass.Stamp{Clock: pass.ClockUnset, Boot: "boot-9"} }
	k.records(t, 1, k.next(t, validation(41), before), k.next(t, validation(42)), k.next(t, validation(43), nobodyKnows))
	k.work(t)
	k.wantBelieved(t, 41)
	if got := k.alarms(t); !slices.Equal(got, []intake.Alarm{intake.AlarmLost, intake.AlarmLost}) {
		t.Errorf("alarms = %v; want two about the loss", got)
	}
}

func TestAnEarlierIncarnationIsStillBelieved(t *testing.T) {
	k := newKit(t)
	old := k.ledger
	public, private, _ := ed25519.GenerateKey(nil)
	storetest.Enrol(t, k.Store, k.peer.Station, 2, public)
	k.peer.Incarnation = 2
	k.ledger = pass.Ledger{Tenant: old.Tenant, Station: old.Station, Log: pass.NewLogID(), Key: private}
	k.records(t, 1, k.next(t, validation(42)))
	k.ledger = old
	k.records(t, 1, k.next(t, validation(41)))
	k.work(t)
	k.wantBelieved(t, 41, 42)
}

func TestForeignCodesAreToldApartAndNotKept(t *testing.T) {
	k := newKit(t)
	foreign := func(code string) func(*pass.Record) {
		return func(r *pass.Record) { r.Pass = &pass.Ref{Assurance: pass.ForeignRead, Foreign: code} }
	}
	k.records(t, 1, k.next(t, validation(0), foreign("9876543210")), k.next(t, validation(0), foreign("9876543210")), k.next(t, validation(0), foreign("1234567890")))
	k.work(t)
	lines, _, err := k.Lines(t.Context(), k.peer.Tenant, report.LineQuery{Foreign: true, State: "conflit"})
	if err != nil || len(lines) != 2 {
		t.Errorf("foreign codes in conflict = %d, %v; want the 2 that are the same", len(lines), err)
	}
	if strings.Contains(k.log.String(), "9876543210") {
		t.Error("the log holds a foreign code")
	}
}
