package outbox_test

import (
	"crypto/ed25519"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// A day's count and the value that waits for the fleet come from the list of
// uses, so that they are exact after a power cut.
func TestTalliesFollowTheLedger(t *testing.T) {
	fleet, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	box, _, err := outbox.Open(t.Context(), filepath.Join(t.TempDir(), outbox.FileName), outbox.Writer{
		Tenant: "demo", Station: "sabcdefghijklmnop", LedgerKey: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)),
		Recipients: func() []string { return []string{fleet.Recipient().String()} },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	add := func(r pass.Record) pass.Position {
		t.Helper()
		r.Stamp = pass.Stamp{Clock: pass.ClockUnset, Boot: "b"}
		at, err := box.Append(t.Context(), r)
		if err != nil {
			t.Fatalf("Append = %v", err)
		}
		return at
	}
	validation := func(ref pass.Ref) pass.Record {
		return pass.Record{Kind: pass.Validation, Pass: &ref, Structure: 1, Service: "KS-01", Posture: pass.PostureWith}
	}
	signed := func(n pass.Serial) pass.Ref {
		return pass.Ref{Assurance: pass.QRSigned, Issuer: 7, Batch: 42, Serial: n, Key: 1}
	}
	before := add(validation(signed(1)))
	opened, err := box.Head(t.Context())
	if err != nil || opened != before {
		t.Fatalf("Head = %v, %v; want %v", opened, err, before)
	}
	add(validation(signed(2)))
	mistake := add(validation(signed(3)))
	add(validation(pass.Ref{Assurance: pass.ForeignRead, Foreign: "ABCD-1234"}))
	add(pass.Record{Kind: pass.Cancellation, Cancels: &mistake})

	if n, err := box.Since(t.Context(), opened); n != 2 || err != nil {
		t.Errorf("Since = %d, %v; want 2", n, err)
	}
	lots, err := box.Unsent(t.Context(), wire.Ack{})
	if err != nil || len(lots) != 1 || lots[outbox.Lot{Issuer: 7, Batch: 42}] != 2 {
		t.Errorf("Unsent = %d lots, %v; want 2 passes of one lot", len(lots), err)
	}
	lots, err = box.Unsent(t.Context(), wire.Ack{Logs: []wire.LogAck{{Log: opened.Log, Seq: before.Seq}}})
	if err != nil || lots[outbox.Lot{Issuer: 7, Batch: 42}] != 1 {
		t.Errorf("Unsent after an ack = %d, %v; want 1", lots[outbox.Lot{Issuer: 7, Batch: 42}], err)
	}
}
