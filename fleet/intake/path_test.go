package intake_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/mallette-kit/mallette/fleet/broker/brokertest"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/store/storetest"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// online puts the kit's station on a real broker in front of its desk.
func (k *kit) online(t *testing.T) (mqtt.Client, *identity.Station) {
	t.Helper()
	h := brokertest.Start(t, k.desk, nil)
	k.host, k.desk.Acks.Push = h, h.Broker.Push
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- k.desk.Acks.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	s := h.NewStation(t)
	k.peer = identity.Peer{Tenant: s.Tenant, Station: s.ID, Incarnation: 1}
	k.ledger = pass.Ledger{Tenant: string(s.Tenant), Station: string(s.ID), Log: pass.NewLogID(), Key: s.Ledger}
	storetest.Enrol(t, k.Store, s.ID, 1, s.Ledger.Public().(ed25519.PublicKey))
	return h.Dial(t, h.Options(s).SetWill(wire.Up(s.Tenant, s.ID, wire.KindState), `{"online":false,"session":7}`, 1, false)), s
}

// told returns the messages of one kind that the station is sent.
func told(t *testing.T, c mqtt.Client, s *identity.Station) map[wire.Kind]chan []byte {
	t.Helper()
	got := map[wire.Kind]chan []byte{}
	for _, kind := range []wire.Kind{wire.KindAck, wire.KindTime, wire.KindDesired, wire.KindJob} {
		got[kind] = make(chan []byte, 100)
	}
	err := brokertest.Wait(c.Subscribe(wire.DownFilter(s.Tenant, s.ID), 1, func(_ mqtt.Client, m mqtt.Message) {
		if topic, err := wire.ParseTopic(m.Topic()); err == nil {
			got[topic.Kind] <- m.Payload()
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func ackOf(t *testing.T, payload []byte) wire.Ack {
	t.Helper()
	var ack wire.Ack
	if err := wire.Decode(payload, &ack); err != nil {
		t.Fatal(err)
	}
	return ack
}

func TestAStationIsToldWhatIsStored(t *testing.T) {
	k := newKit(t)
	c, s := k.online(t)
	got := told(t, c, s)
	var now wire.Time
	if err := wire.Decode(<-got[wire.KindTime], &now); err != nil || !now.Now.Equal(noon) {
		t.Errorf("d/time = %v, %v; want %v", now.Now, err, noon)
	}
	if ack := ackOf(t, <-got[wire.KindAck]); ack.Epoch != k.Epoch() || len(ack.Logs) != 0 {
		t.Errorf("first d/ack = %v; want epoch %s and no log", ack, k.Epoch())
	}
	var desired wire.Desired
	if err := wire.Decode(<-got[wire.KindDesired], &desired); err != nil || desired.Kit != "kit-1" {
		t.Errorf("d/desired = %v, %v; want kit-1", desired, err)
	}
	payload, _ := wire.Encode(&wire.Records{Log: k.ledger.Log, First: 1, Entries: []pass.Entry{k.next(t, validation(41)), k.next(t, validation(42))}})
	if err := brokertest.Publish(c, s, wire.KindRecords, payload); err != nil {
		t.Fatal(err)
	}
	if ack := ackOf(t, <-got[wire.KindAck]); len(ack.Logs) != 1 || ack.Logs[0] != (wire.LogAck{Log: k.ledger.Log, Seq: 2}) {
		t.Errorf("d/ack = %v; want 2 records of the log", ack)
	}
	k.work(t)
	k.wantBelieved(t, 41, 42)
}

func TestAStationThatVanishesIsOffline(t *testing.T) {
	k := newKit(t)
	c, s := k.online(t)
	if err := brokertest.Publish(c, s, wire.KindState, []byte(`{"online":true,"session":7}`)); err != nil {
		t.Fatal(err)
	}
	wantOnline := func(when string, want bool) {
		t.Helper()
		if st, err := k.Station(t.Context(), s.Tenant, s.ID); err != nil || st.Online != want {
			t.Errorf("%s: Online = %v, %v; want %v", when, st.Online, err, want)
		}
	}
	k.desk.Left(t.Context(), k.peer, []byte(`{"online":false,"session":6}`))
	wantOnline("an older session's will", true)
	// The next connection begins when the end of this one is stored.
	k.host.Dial(t, k.host.Options(s))
	wantOnline("after its connection was lost", false)
}

func TestNothingIsAcknowledgedWhileTheDiskFails(t *testing.T) {
	broken := errors.New("disk broken")
	faults := make(chan error, 1)
	k := newKit(t, store.WithCommitFault(func() error {
		select {
		case err := <-faults:
			return err
		default:
			return nil
		}
	}))
	c, s := k.online(t)
	payload, _ := wire.Encode(&wire.Records{Log: k.ledger.Log, First: 1, Entries: []pass.Entry{k.next(t, validation(41))}})
	faults <- broken
	token := c.Publish(wire.Up(s.Tenant, s.ID, wire.KindRecords), 1, false, payload)
	for c.IsConnectionOpen() {
		_ = token.WaitTimeout(0)
	}
	if acks, err := k.Acks(t.Context(), s.Tenant, s.ID); err != nil || len(acks) != 0 {
		t.Errorf("Acks() after a failed commit = %v, %v; want none", acks, err)
	}
}
