package mint_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/release"
)

func TestBatchesContinueTheSeries(t *testing.T) {
	b := newBench(t)
	one, two := b.batch(nil), b.batch(func(o *mint.Order) { o.Carnets = 5 })
	if one.Manifest.First != 1 || one.Manifest.Last != 30 || two.Manifest.First != 31 || two.Manifest.Last != 80 {
		t.Errorf("serials = %d to %d, %d to %d; want 1 to 30, 31 to 80",
			uint32(one.Manifest.First), uint32(one.Manifest.Last), uint32(two.Manifest.First), uint32(two.Manifest.Last))
	}
	if one.Manifest.Batch != 1 || two.Manifest.Batch != 2 || one.Manifest.Series != 12 {
		t.Errorf("batches = %d, %d of series %d; want 1, 2 of 12", one.Manifest.Batch, two.Manifest.Batch, one.Manifest.Series)
	}
	if one.Manifest.Keys[0] != two.Manifest.Keys[0] {
		t.Error("two batches of a year have different keys; want one")
	}
	if got := one.Manifest.UseUntil.String() + one.Manifest.ToleranceUntil.String() + one.Manifest.PresentBy.String(); got != "2026-12-312027-01-312027-02-28" {
		t.Errorf("dates = %s; want 2026-12-31 2027-01-31 2027-02-28", got)
	}
	if one.Manifest.Limits != pass.DefaultLimits() || one.Manifest.Print.IssuerName != "Ville d'essai" {
		t.Error("order without limits and issuer's name; want defaults")
	}
}

func TestANewYearHasANewKey(t *testing.T) {
	b := newBench(t)
	old := b.batch(nil)
	b.now = b.now.AddDate(1, 0, 0)
	next := b.batch(func(o *mint.Order) { o.YearDates(2027) })
	if old.Manifest.Keys[0] == next.Manifest.Keys[0] {
		t.Error("next year's batch has this year's key")
	}
	b.publish()
	if k, ok := b.keyset().Find(old.Manifest.Keys[0]); !ok || !k.Valid(old.Manifest.PresentBy) {
		t.Error("last year's key does not verify until its passes lapse")
	}
}

func TestOrderRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*mint.Order)
		want   error
	}{
		{"no carnet", func(o *mint.Order) { o.Carnets = 0 }, mint.ErrInvalid},
		{"too many passes", func(o *mint.Order) { o.Carnets = 1 << 30 }, mint.ErrInvalid},
		{"no value", func(o *mint.Order) { o.FaceValue = 0 }, mint.ErrInvalid},
		{"no dates", func(o *mint.Order) { o.UseUntil = 0 }, mint.ErrInvalid},
		{"dates reversed", func(o *mint.Order) { o.PresentBy = o.UseUntil }, mint.ErrInvalid},
		{"nobody ordered it", func(o *mint.Order) { o.Commanditaire = "" }, mint.ErrInvalid},
		{"unknown service", func(o *mint.Order) { o.Services = []string{"KS-99"} }, mint.ErrInvalid},
		{"unknown service of a structure", func(o *mint.Order) { o.Structures[0].Services = []string{"KS-99"} }, mint.ErrInvalid},
		{"qualification backwards", func(o *mint.Order) { o.Structures[0].Until = 1 }, mint.ErrInvalid},
		{"limits backwards", func(o *mint.Order) { o.Limits = pass.Limits{NoteAfterDays: 9} }, mint.ErrInvalid},
		{"unknown issuer", func(o *mint.Order) { o.Issuer = 99 }, mint.ErrUnknown},
	}
	b := newBench(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := b.order()
			tt.change(&o)
			if _, err := b.CreateBatch(t.Context(), tenant, o); !errors.Is(err, tt.want) {
				t.Errorf("CreateBatch = %v; want %v", err, tt.want)
			}
		})
	}
	if first := b.batch(nil).Manifest.First; first != 1 {
		t.Errorf("first serial after refused orders = %d; want 1", uint32(first))
	}
}

func TestPassesVerifyWithWhatIsPublished(t *testing.T) {
	b := newBench(t)
	batch := b.batch(nil)
	b.publish()
	m, passes, err := b.Passes(t.Context(), tenant, b.issuer.ID, batch.Manifest.Batch, 2, 3)
	if err != nil || len(passes) != 20 || passes[0].Carnet != 2 || passes[19].Place != 10 {
		t.Fatalf("Passes = %d passes, %v; want 20", len(passes), err)
	}
	for _, p := range passes {
		key, ok := b.keyset().Find(p.Signed.Payload.Key)
		if !ok || p.Signed.Verify(key.Public) != nil {
			t.Fatal("a printed pass does not verify with the published keyset")
		}
		if !m.Holds(p.Signed.Payload.Serial) || p.Number.Serial != p.Signed.Payload.Serial || b.statuses(batch).Get(p.Number.Serial) != pass.Valid {
			t.Fatal("a printed pass is not in its batch, or not valid")
		}
	}
	_, again, err := b.Passes(t.Context(), tenant, b.issuer.ID, batch.Manifest.Batch, 2, 3)
	if err != nil || again[7] != passes[7] {
		t.Error("printing again gave other passes")
	}
}

func TestPublishRaisesVersionsOnlyOnChange(t *testing.T) {
	b := newBench(t)
	batch := b.batch(nil)
	b.publish()
	n, first := b.shelf.n, b.statuses(batch)
	b.publish()
	if b.shelf.n != n {
		t.Error("Publish without a change published")
	}
	b.believe(b.validation(k1, 4, batch.Manifest, 3, market))
	b.publish()
	if l := b.statuses(batch); l.Version != first.Version+1 || l.Get(3) != pass.Redeemed || b.manifest(batch).Version != 1 {
		t.Errorf("after a validation: list version %d, manifest version %d; want %d, 1", l.Version, b.manifest(batch).Version, first.Version+1)
	}
	b.now = b.now.Add(13 * time.Hour)
	b.publish()
	if l := b.statuses(batch); l.Version != first.Version+2 || !l.IssuedAt.Equal(b.now) {
		t.Errorf("after 13 hours: list version %d of %v; want a new one", l.Version, l.IssuedAt)
	}
}

// A publication that failed or was cut is made again under a higher version.
func TestPublishAgainAfterAFailure(t *testing.T) {
	b := newBench(t)
	batch := b.batch(nil)
	b.shelf.fail = errors.New("disk full")
	if err := b.Publish(t.Context(), tenant); !errors.Is(err, b.shelf.fail) {
		t.Fatalf("Publish = %v; want %v", err, b.shelf.fail)
	}
	b.shelf.fail = nil
	b.publish()
	if got := b.statuses(batch).Version; got != 2 {
		t.Errorf("list version after a failed publication = %d; want 2", got)
	}
}

func TestCarnetLife(t *testing.T) {
	b := newBench(t)
	batch := b.batch(func(o *mint.Order) { o.CarnetSize, o.HandOver = 2, true })
	id := batch.Manifest.Batch
	state := func() mint.CarnetState {
		return must(b.Carnets(t.Context(), tenant, b.issuer.ID, id, 2, 2))[0].State
	}
	status := func() pass.Status { b.publish(); return b.statuses(batch).Get(3) }
	if state() != mint.Issued || status() != pass.Suspended {
		t.Errorf("new carnet = %s, pass %d; want emis, suspended", state(), status())
	}
	check := func(want mint.CarnetState, err error) {
		t.Helper()
		if got := state(); got != want || err != nil {
			t.Errorf("carnet = %s, %v; want %s", got, err, want)
		}
	}
	check(mint.Entrusted, b.HandOver(t.Context(), tenant, b.issuer.ID, id, 2, mint.Entrusted, "Mission locale"))
	check(mint.Entrusted, b.HandOver(t.Context(), tenant, b.issuer.ID, id, 2, mint.Entrusted, "CCAS"))
	check(mint.Injected, b.HandOver(t.Context(), tenant, b.issuer.ID, id, 2, mint.Injected, ""))
	if status() != pass.Valid {
		t.Error("pass of a carnet handed over is not valid")
	}
	if err := b.HandOver(t.Context(), tenant, b.issuer.ID, id, 2, mint.Entrusted, "CCAS"); !errors.Is(err, mint.ErrCarnet) {
		t.Errorf("HandOver backwards = %v; want ErrCarnet", err)
	}
	b.believe(b.validation(k1, 4, batch.Manifest, 3, market))
	check(mint.Begun, nil)
	b.believe(b.validation(k1, 4, batch.Manifest, 4, market))
	check(mint.UsedUp, nil)
	b.now = time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC)
	check(mint.UsedUp, nil)
	if got := must(b.Carnets(t.Context(), tenant, b.issuer.ID, id, 1, 9)); len(got) != 3 || got[0].State != mint.Expired {
		t.Errorf("carnets in February = %v; want three, the first expired", got)
	}
}

func TestHandOverRefuses(t *testing.T) {
	b := newBench(t)
	id := b.batch(nil).Manifest.Batch
	tests := []struct {
		name   string
		carnet int
		to     mint.CarnetState
		holder string
		want   error
	}{
		{"beneficiary named", 1, mint.Injected, "Mme X", mint.ErrInvalid},
		{"distributor not named", 1, mint.Entrusted, "", mint.ErrInvalid},
		{"state that nobody sets", 1, mint.UsedUp, "", mint.ErrInvalid},
		{"no such carnet", 4, mint.Injected, "", mint.ErrUnknown},
		{"carnet zero", 0, mint.Injected, "", mint.ErrUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := b.HandOver(t.Context(), tenant, b.issuer.ID, id, tt.carnet, tt.to, tt.holder); !errors.Is(err, tt.want) {
				t.Errorf("HandOver = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestRevocations(t *testing.T) {
	b := newBench(t)
	batch := b.batch(nil)
	id := batch.Manifest.Batch
	b.believe(b.validation(k1, 4, batch.Manifest, 1, market), b.validation(k1, 4, batch.Manifest, 11, market))
	if err := b.RevokeCarnet(t.Context(), tenant, b.issuer.ID, id, 2); err != nil {
		t.Fatal(err)
	}
	b.publish()
	l := b.statuses(batch)
	if l.Get(12) != pass.Invalid || l.Get(11) != pass.Redeemed || l.Get(2) != pass.Valid {
		t.Error("revoked carnet: used, unused, other carnet; want redeemed, invalid, valid")
	}
	if err := b.RevokeBatch(t.Context(), tenant, b.issuer.ID, id); err != nil {
		t.Fatal(err)
	}
	b.publish()
	if l := b.statuses(batch); l.Get(2) != pass.Invalid || l.Get(1) != pass.Redeemed || !b.manifest(batch).Revoked {
		t.Error("revoked batch: unused, used, manifest; want invalid, redeemed, revoked")
	}
	if _, _, err := b.Passes(t.Context(), tenant, b.issuer.ID, id, 1, 1); !errors.Is(err, mint.ErrInvalid) {
		t.Errorf("Passes of a revoked batch = %v; want ErrInvalid", err)
	}
}

func TestStolenKey(t *testing.T) {
	b := newBench(t)
	batch := b.batch(nil)
	_, passes, err := b.Passes(t.Context(), tenant, b.issuer.ID, batch.Manifest.Batch, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RevokeKey(t.Context(), tenant, b.issuer.ID, batch.Manifest.Keys[0]); err != nil {
		t.Fatal(err)
	}
	b.publish()
	key, _ := b.keyset().Find(batch.Manifest.Keys[0])
	m := b.manifest(batch)
	if key.RevokedAt == nil || len(m.Genuine) != 30 || m.Version != 1 {
		t.Fatalf("revoked key, %d genuine passes; want 30", len(m.Genuine))
	}
	for _, p := range passes {
		if !m.IsGenuine(p.Signed) {
			t.Fatal("a printed pass is not in the list of genuine passes")
		}
	}
	if next := b.batch(nil); next.Manifest.Keys[0] == batch.Manifest.Keys[0] {
		t.Error("new batch has the stolen key")
	}
	if err := b.RevokeKey(t.Context(), tenant, b.issuer.ID, 99); !errors.Is(err, mint.ErrUnknown) {
		t.Errorf("RevokeKey of an unknown key = %v; want ErrUnknown", err)
	}
}

func TestCards(t *testing.T) {
	b := newBench(t)
	card, err := b.IssueCard(t.Context(), tenant, 4, 2600, "Médiathèque")
	if err != nil {
		t.Fatal(err)
	}
	other := must(b.IssueCard(t.Context(), tenant, 0, 2600, ""))
	b.publish()
	key, ok := b.cards().Find(card.Card.Key)
	if !ok || card.Verify(key.Public) != nil || card.Card.Tenant != pass.TenantTag("demo") || other.Card.ID == card.Card.ID {
		t.Error("issued card does not verify with the published keys")
	}
	if again := must(b.SignedCard(t.Context(), tenant, card.Card.ID)); again != card {
		t.Error("SignedCard differs from the card that was issued")
	}
	if err := b.RevokeCard(t.Context(), tenant, card.Card.ID); err != nil {
		t.Fatal(err)
	}
	b.publish()
	if c := b.cards(); !c.IsRevoked(card.Card.ID) || c.IsRevoked(other.Card.ID) || c.Version != 2 {
		t.Errorf("cards = %+v; want the first revoked, version 2", c)
	}
	if list := must(b.Cards(t.Context(), tenant)); len(list) != 2 || list[0].Label != "Médiathèque" || list[0].Revoked.IsZero() {
		t.Errorf("Cards = %v; want both, the first revoked", list)
	}
	if _, err := b.IssueCard(t.Context(), tenant, 4, 10, ""); !errors.Is(err, mint.ErrInvalid) {
		t.Errorf("IssueCard until 2020 = %v; want ErrInvalid", err)
	}
	if err := b.RevokeCard(t.Context(), tenant, 99); !errors.Is(err, mint.ErrUnknown) {
		t.Errorf("RevokeCard(99) = %v; want ErrUnknown", err)
	}
}

func TestPIN(t *testing.T) {
	b := newBench(t)
	for _, bad := range []string{"12345", "aaaaaa", "111111", "123456789012345678901234567890123"} {
		if err := b.SetPIN(t.Context(), tenant, 4, bad); !errors.Is(err, mint.ErrInvalid) {
			t.Errorf("SetPIN of %d characters = %v; want ErrInvalid", len(bad), err)
		}
	}
	if err := b.SetPIN(t.Context(), tenant, 4, "482913"); err != nil {
		t.Fatal(err)
	}
	b.publish()
	pins := b.cards().PINs
	if len(pins) != 1 || pins[0].Structure != 4 {
		t.Fatalf("published PINs = %d; want the structure's", len(pins))
	}
	h := must(pass.ParsePHC(pins[0].Hash))
	if sum := argon2.IDKey([]byte("482913"), h.Salt, h.Time, h.Memory, h.Threads, uint32(len(h.Sum))); string(sum) != string(h.Sum) {
		t.Error("published hash is not the PIN's")
	}
	if err := b.SetPIN(t.Context(), tenant, 4, ""); err != nil {
		t.Fatal(err)
	}
	b.publish()
	if n := len(b.cards().PINs); n != 0 {
		t.Errorf("published PINs after removal = %d; want 0", n)
	}
}

// A server put back from a backup makes nothing that it may have made since.
func TestRestoredSkipsNumbers(t *testing.T) {
	b := newBench(t)
	old := b.batch(nil)
	card := must(b.IssueCard(t.Context(), tenant, 4, 2600, ""))
	b.publish()
	version := b.statuses(old).Version
	if err := b.Restored(t.Context(), mint.Skip{Serials: 100_000, Versions: 1000, Others: 100, Keys: 4}); err != nil {
		t.Fatal(err)
	}
	next := b.batch(func(o *mint.Order) { o.YearDates(2027) })
	if next.Manifest.First != old.Manifest.Last+100_001 || next.Manifest.Batch != old.Manifest.Batch+101 {
		t.Errorf("first serial, batch = %d, %d; want %d, %d", uint32(next.Manifest.First), next.Manifest.Batch, uint32(old.Manifest.Last)+100_001, old.Manifest.Batch+101)
	}
	if k := next.Manifest.Keys[0]; k != old.Manifest.Keys[0] && k != old.Manifest.Keys[0]+5 {
		t.Errorf("key = %d; want the old one or %d", k, old.Manifest.Keys[0]+5)
	}
	if c := must(b.IssueCard(t.Context(), tenant, 4, 2600, "")); c.Card.ID != card.Card.ID+101 {
		t.Errorf("card = %d; want %d", c.Card.ID, card.Card.ID+101)
	}
	b.publish()
	if got := b.statuses(old).Version; got != version+1001 {
		t.Errorf("list version = %d; want %d", got, version+1001)
	}
}

func TestVault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mint.key")
	if _, err := mint.OpenVault(path); err == nil {
		t.Error("OpenVault of no file = nil; want an error")
	}
	must(mint.CreateVault(path))
	if _, err := mint.CreateVault(path); err == nil {
		t.Error("CreateVault over a key file = nil; want an error")
	}
	b := newBench(t)
	batch := b.batch(nil)
	b.Vault = must(mint.OpenVault(path)) // somebody else's
	if _, _, err := b.Passes(t.Context(), tenant, b.issuer.ID, batch.Manifest.Batch, 1, 1); !errors.Is(err, mint.ErrVault) {
		t.Errorf("Passes with another vault = %v; want ErrVault", err)
	}
	keys := must(b.store.MintKeys(t.Context(), tenant, b.issuer.ID))
	if len(keys) != 1 || len(keys[0].Sealed) <= ed25519.SeedSize || string(must(json.Marshal(keys[0].Public))) == "" {
		t.Errorf("stored keys = %d; want one, sealed", len(keys))
	}
}

// The whole way through TUF: what a client reads is what was published.
func TestPublishThroughReleases(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	now := time.Now()
	if err := release.Init(dir, now, tenant); err != nil {
		t.Fatal(err)
	}
	repository := must(release.Open(dir))
	b.Publisher = repository
	b.batch(nil)
	if err := b.Publish(t.Context(), tenant); err != nil {
		t.Fatalf("Publish: %v", err)
	}
	if err := b.Publish(t.Context(), tenant); err != nil {
		t.Fatalf("second Publish: %v", err)
	}
}

func TestRunPublishesWhatChanged(t *testing.T) {
	b := newBench(t)
	batch := b.batch(nil)
	b.Spacing = time.Millisecond
	published := make(chan struct{}, 16)
	b.Mint.Published = func(context.Context, wire.Tenant) { published <- struct{}{} }
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	<-published
	b.believe(b.validation(k1, 4, batch.Manifest, 9, market))
	b.Wake(tenant)
	<-published
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run = %v; want nil", err)
	}
	if got := b.statuses(batch).Get(9); got != pass.Redeemed {
		t.Errorf("status after Run = %d; want redeemed", got)
	}
}

// Orders that come together share one series without a gap or an overlap.
func TestOrdersTogether(t *testing.T) {
	b := newBench(t)
	b.batch(nil) // makes the year's key
	const orders = 20
	var wg sync.WaitGroup
	batches := make([]mint.Batch, orders)
	for i := range orders {
		wg.Go(func() { batches[i] = must(b.CreateBatch(t.Context(), tenant, b.order())) })
	}
	wg.Wait()
	slices.SortFunc(batches, func(x, y mint.Batch) int { return int(x.Manifest.First) - int(y.Manifest.First) })
	for i, batch := range batches {
		if want := pass.Serial(31 + 30*i); batch.Manifest.First != want || batch.Manifest.Last != want+29 {
			t.Errorf("batch %d = %d to %d; want %d to %d", i, uint32(batch.Manifest.First), uint32(batch.Manifest.Last), uint32(want), uint32(want)+29)
		}
	}
}
