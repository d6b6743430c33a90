package mint_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const (
	tenant = wire.Tenant("demo")
	k1     = wire.Station("saaaaaaaaaaaaaaaa")
	k2     = wire.Station("sbbbbbbbbbbbbbbbb")
)

// shelf is a publisher in memory that keeps every content it was given.
type shelf struct {
	mu   sync.Mutex
	last map[string][]byte
	n    int
	fail error
}

func (s *shelf) Publish(_ wire.Tenant, targets map[string][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	if s.last == nil {
		s.last = map[string][]byte{}
	}
	for name, content := range targets {
		s.last[name] = content
	}
	s.n++
	return nil
}

// bench is a mint on a real store with a clock that the test moves.
type bench struct {
	*mint.Mint
	t      *testing.T
	store  *store.Store
	shelf  *shelf
	now    time.Time
	issuer mint.Issuer
	seq    map[wire.Station]uint64
}

func newBench(t *testing.T) *bench {
	t.Helper()
	db, err := store.Create(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.SaveTenant(t.Context(), registry.Tenant{ID: tenant, Name: "Essai"}, registry.Audit{At: market, Who: "test", What: "tenant.save"}); err != nil {
		t.Fatal(err)
	}
	vault, err := mint.CreateVault(filepath.Join(t.TempDir(), "mint.key"))
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: db, shelf: &shelf{}, now: market, seq: map[wire.Station]uint64{}}
	b.Mint = &mint.Mint{Store: db, Vault: vault, Publisher: b.shelf, Now: func() time.Time { return b.now }, Log: slog.New(slog.DiscardHandler)}
	b.issuer = must(b.AddIssuer(t.Context(), tenant, mint.Issuer{Series: 12, Name: "Ville d'essai", Address: "1 place de la Mairie, 54000 Essai"}))
	return b
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (b *bench) order() mint.Order {
	o := mint.Order{
		Issuer: b.issuer.ID, Commanditaire: "Chambre d'essai", FaceValue: 1000, CarnetSize: 10, Carnets: 3,
		Structures: []pass.Qualification{{Structure: 4, From: 2000, Until: 3000}, {Structure: 5, From: 2000, Until: 3000}},
		Print:      pass.Print{PublicBody: "Ville d'essai", Nature: "Services de médiation numérique", Mentions: []string{"Ne peut être ni vendu ni échangé contre de la monnaie."}},
	}
	o.YearDates(2026)
	return o
}

func (b *bench) batch(change func(*mint.Order)) mint.Batch {
	b.t.Helper()
	o := b.order()
	if change != nil {
		change(&o)
	}
	batch, err := b.CreateBatch(b.t.Context(), tenant, o)
	if err != nil {
		b.t.Fatalf("CreateBatch: %v", err)
	}
	return batch
}

// believe stores records of a station as believed.
func (b *bench) believe(records ...intake.Validation) {
	b.t.Helper()
	for _, v := range records {
		log := intake.Log{Tenant: tenant, Station: wire.Station(v.Record.Station), ID: v.Record.At.Log}
		if err := b.store.Believe(b.t.Context(), intake.Belief{Log: log, Seq: v.Record.At.Seq, Validations: []intake.Validation{v}}); err != nil {
			b.t.Fatalf("Believe: %v", err)
		}
	}
}

// validation is a record of a station about a pass of a batch.
func (b *bench) validation(id wire.Station, by pass.Structure, m pass.Manifest, serial pass.Serial, at time.Time) intake.Validation {
	b.seq[id]++
	return intake.Validation{
		At: at, Clock: pass.ClockMediator, Received: at.Add(time.Hour),
		Record: pass.Record{
			V: 1, Kind: pass.Validation, Tenant: string(tenant), Station: string(id), At: pass.Position{Log: pass.LogID{byte(id[1])}, Seq: b.seq[id]},
			Stamp: pass.Stamp{Wall: at, Clock: pass.ClockMediator, Boot: "b"}, Structure: by, Service: "KS-01", Posture: pass.PostureWith, PaperKept: true,
			Pass: &pass.Ref{Assurance: pass.QRSigned, Issuer: m.Issuer, Batch: m.Batch, Serial: serial, Key: m.Keys[0]},
		},
	}
}

func (b *bench) cancellation(of intake.Validation) intake.Validation {
	id := wire.Station(of.Record.Station)
	b.seq[id]++
	c := of
	c.Record.Kind, c.Record.Pass, c.Record.Cancels = pass.Cancellation, nil, &pass.Position{Log: of.Record.At.Log, Seq: of.Record.At.Seq}
	c.Record.At.Seq = b.seq[id]
	return c
}

func (b *bench) publish() {
	b.t.Helper()
	if err := b.SettleAll(b.t.Context()); err != nil {
		b.t.Fatalf("SettleAll: %v", err)
	}
	if err := b.Publish(b.t.Context(), tenant); err != nil {
		b.t.Fatalf("Publish: %v", err)
	}
}

func (b *bench) statuses(batch mint.Batch) pass.StatusList {
	b.t.Helper()
	l, err := pass.ParseStatusList(b.shelf.last[fmt.Sprintf("tenants/demo/issuer-%d/status-%d.json", batch.Manifest.Issuer, batch.Manifest.Batch)])
	if err != nil {
		b.t.Fatalf("ParseStatusList: %v", err)
	}
	return l
}

func (b *bench) manifest(batch mint.Batch) pass.Manifest {
	b.t.Helper()
	m, err := pass.ParseManifest(b.shelf.last[fmt.Sprintf("tenants/demo/issuer-%d/batch-%d.json", batch.Manifest.Issuer, batch.Manifest.Batch)])
	if err != nil {
		b.t.Fatalf("ParseManifest: %v", err)
	}
	return m
}

func (b *bench) keyset() pass.Keyset {
	b.t.Helper()
	k, err := pass.ParseKeyset(b.shelf.last[fmt.Sprintf("tenants/demo/issuer-%d/keyset.json", b.issuer.ID)])
	if err != nil {
		b.t.Fatalf("ParseKeyset: %v", err)
	}
	return k
}

func (b *bench) cards() pass.Cards {
	b.t.Helper()
	c, err := pass.ParseCards(b.shelf.last["tenants/demo/cards.json"])
	if err != nil {
		b.t.Fatalf("ParseCards: %v", err)
	}
	return c
}
