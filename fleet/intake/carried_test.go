package intake_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// carried is what the station puts on a stick.
func (k *kit) carried(t *testing.T, incarnation uint32, entries ...pass.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := wire.NewCarryWriter(&b, wire.CarryHead{V: 1, Tenant: k.peer.Tenant, Station: k.peer.Station, Incarnation: incarnation, Log: k.ledger.Log})
	counter := wire.Counter{Period: "2026-03-12/am", Place: "halles", Name: wire.CountSessions, Outcome: "ended", Value: 3, Rev: 1, Clock: pass.ClockNTP}
	err = errors.Join(err, w.Records(&wire.Records{Log: k.ledger.Log, First: 1, Entries: entries}),
		w.Counters(&wire.Counters{Log: k.ledger.Log, Counters: []wire.Counter{counter}}), w.End(k.ledger.Key))
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (k *kit) carrier() intake.Carrier {
	return intake.Carrier{Desk: k.desk, Keys: k.Store, Unseal: func(r io.Reader) (io.Reader, error) {
		mark := make([]byte, 7)
		if _, err := io.ReadFull(r, mark); err != nil || string(mark) != "sealed:" {
			return nil, errors.New("not sealed to us")
		}
		return r, nil
	}}
}

func (k *kit) take(t *testing.T, tenant wire.Tenant, file []byte) (intake.Carried, error) {
	t.Helper()
	return k.carrier().Take(t.Context(), tenant, bytes.NewReader(append([]byte("sealed:"), file...)))
}

// A stick may come twice, and after the network has brought some of it.
func TestCarriedHomeTwice(t *testing.T) {
	k := newKit(t)
	first, second := k.next(t, validation(41)), k.next(t, validation(42))
	if err := k.send(t, wire.KindRecords, &wire.Records{Log: k.ledger.Log, First: 1, Entries: []pass.Entry{first}}); err != nil {
		t.Fatal(err)
	}
	file := k.carried(t, 1, first, second)
	for range 2 {
		got, err := k.take(t, k.peer.Tenant, file)
		if err != nil || got.Records != 2 || got.Counters != 1 || got.Station != k.peer.Station {
			t.Fatalf("Take = %+v, %v; want 2 records, 1 counter", got, err)
		}
	}
	acks, err := k.Acks(t.Context(), k.peer.Tenant, k.peer.Station)
	if err != nil || len(acks) != 1 || acks[0] != (wire.LogAck{Log: k.ledger.Log, Seq: 2, Rev: 1}) {
		t.Errorf("Acks = %v, %v; want 2 records and 1 revision stored", acks, err)
	}
	k.work(t)
	k.wantBelieved(t, 41, 42)
}

func TestWhatASticksFileMayNotBe(t *testing.T) {
	k := newKit(t)
	file := k.carried(t, 1, k.next(t, validation(41)))
	tests := []struct {
		name   string
		tenant wire.Tenant
		file   []byte
	}{
		{"another tenant's", "toul", file},
		{"of an incarnation that never was", k.peer.Tenant, k.carried(t, 2)},
		{"changed on the way", k.peer.Tenant, bytes.Replace(file, []byte(`"value":3`), []byte(`"value":9`), 1)},
		{"cut", k.peer.Tenant, file[:len(file)-9]},
		{"holiday pictures", k.peer.Tenant, []byte("\xff\xd8")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := k.take(t, tt.tenant, tt.file); !errors.Is(err, intake.ErrCarry) {
				t.Errorf("Take = %+v, %v; want %v", got, err, intake.ErrCarry)
			}
		})
	}
	if _, err := k.carrier().Take(t.Context(), k.peer.Tenant, bytes.NewReader(file)); !errors.Is(err, intake.ErrCarry) {
		t.Errorf("Take(sealed to somebody else) = %v; want %v", err, intake.ErrCarry)
	}
	if acks, err := k.Acks(t.Context(), k.peer.Tenant, k.peer.Station); err != nil || len(acks) != 0 {
		t.Errorf("Acks = %v, %v; want nothing stored", acks, err)
	}
}
