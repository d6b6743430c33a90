package carry_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/device/carry"
	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func validation(serial pass.Serial) pass.Record {
	return pass.Record{Kind: pass.Validation, Pass: &pass.Ref{Assurance: pass.QRSigned, Issuer: 7, Batch: 3, Serial: serial, Key: 1},
		Stamp: pass.Stamp{Clock: pass.ClockUnset, Boot: "b1", Mono: 1}, Structure: 1, SIRET: "12345678901234", Place: "halles", Service: "KS-01",
		Posture: pass.PostureWith, PaperKept: true}
}

// What the outbox holds is on the stick, sealed to the fleet and signed by the
// station; the next visit says it again, with what came since.
func TestWhatIsOwedIsOnTheStick(t *testing.T) {
	ctx := context.Background()
	fleet, err := age.GenerateX25519Identity()
	must(t, err)
	public, key, err := ed25519.GenerateKey(nil)
	must(t, err)
	me := &identity.Station{Tenant: "nancy", ID: "sabcdefghij234567", Incarnation: 2, Ledger: key}
	to := []string{fleet.Recipient().String()}
	data, stick := t.TempDir(), t.TempDir()
	box, _, err := outbox.Open(ctx, filepath.Join(data, outbox.FileName), outbox.Writer{Tenant: me.Tenant, Station: me.ID, LedgerKey: key,
		Recipients: func() []string { return to }, Limits: outbox.Limits{Quota: 8 << 20, Reserve: 64 << 10}})
	must(t, err)
	defer box.Close()
	c := carry.Carrier{Me: me, Recipients: to, Now: time.Now}
	write := func() carry.Load {
		t.Helper()
		folder := outbox.Folder{Dir: data}
		current, _, err := folder.Open(ctx)
		must(t, err)
		defer current.Close()
		load, err := c.Write(ctx, stick, []carry.Ledger{current})
		must(t, err)
		return load
	}
	if load := write(); load != (carry.Load{}) {
		t.Errorf("an empty outbox put %+v on the stick; want nothing", load)
	}
	for n := range 2 {
		_, err = box.Append(ctx, validation(pass.Serial(n+1)))
		must(t, err)
		if load := write(); load.Records != n+1 {
			t.Errorf("load = %+v; want %d records", load, n+1)
		}
	}
	files, err := filepath.Glob(filepath.Join(stick, wire.CarryFolder, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("stick has %v, %v; want one file", files, err)
	}
	sealed, err := os.ReadFile(files[0])
	must(t, err)
	plain, err := age.Decrypt(bytes.NewReader(sealed), fleet)
	must(t, err)
	got, err := wire.ReadCarry(plain)
	if err != nil || !got.Signed(public) || got.Station != me.ID || got.Incarnation != 2 || len(got.Messages) != 1 {
		t.Fatalf("ReadCarry = %+v, %v; want the station's, signed", got, err)
	}
	if r := got.Messages[0].(*wire.Records); r.First != 1 || len(r.Entries) != 2 {
		t.Errorf("records from %d, %d of them; want both from 1", r.First, len(r.Entries))
	}
	c.Most = 1 // every message a file of its own
	for n := range wire.MaxEntries {
		_, err = box.Append(ctx, validation(pass.Serial(n+3)))
		must(t, err)
	}
	if load := write(); load.Records != wire.MaxEntries+2 {
		t.Errorf("load in parts = %+v; want %d records", load, wire.MaxEntries+2)
	}
	if got := brought(t, stick, fleet, public); got != wire.MaxEntries+2 {
		t.Errorf("the parts hold %d records without a gap; want %d", got, wire.MaxEntries+2)
	}
	c.Recipients = nil
	if _, err := c.Write(ctx, stick, nil); !errors.Is(err, carry.ErrNoRecipient) {
		t.Errorf("Write(to nobody) = %v; want %v", err, carry.ErrNoRecipient)
	}
}

// brought reads all files of a stick and returns how far its records go on from 1.
func brought(t *testing.T, stick string, fleet age.Identity, public ed25519.PublicKey) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(stick, wire.CarryFolder, "*"))
	must(t, err)
	if len(files) < 2 {
		t.Errorf("stick has %v; want several files", files)
	}
	held := map[uint64]bool{}
	for _, file := range files {
		f, err := os.Open(file)
		must(t, err)
		plain, err := age.Decrypt(f, fleet)
		must(t, err)
		got, err := wire.ReadCarry(plain)
		must(t, errors.Join(err, f.Close()))
		if !got.Signed(public) {
			t.Errorf("%s is not signed", filepath.Base(file))
		}
		for _, m := range got.Messages {
			if r, ok := m.(*wire.Records); ok {
				for i := range r.Entries {
					held[r.First+uint64(i)] = true
				}
			}
		}
	}
	n := 0
	for held[uint64(n+1)] {
		n++
	}
	return n
}

func TestVisit(t *testing.T) {
	run := t.TempDir()
	if _, ok := carry.Asked(run); ok {
		t.Error("Asked = true before anybody asked")
	}
	must(t, carry.Ask(run, carry.Visit{ID: "one"}))
	if v, ok := carry.Asked(run); !ok || v.ID != "one" {
		t.Errorf("Asked = %+v, %v; want one", v, ok)
	}
	must(t, carry.Tell(run, carry.Found{ID: "one", Copy: carry.CopyTaken}))
	if f, ok := carry.Told(run, "one"); !ok || f.Copy != carry.CopyTaken {
		t.Errorf("Told = %+v, %v; want taken", f, ok)
	}
	if _, ok := carry.Told(run, "two"); ok {
		t.Error("Told(another visit) = true; want false")
	}
	must(t, errors.Join(carry.Leave(run), carry.Leave(run)))
	if _, ok := carry.Asked(run); ok {
		t.Error("Asked = true after the end")
	}
}
