package mint_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
)

func TestIssuers(t *testing.T) {
	b := newBench(t)
	auto := must(b.AddIssuer(t.Context(), tenant, mint.Issuer{Name: "Département d'essai"}))
	if auto.ID != b.issuer.ID+1 || auto.Series != 10 {
		t.Errorf("issuer = %d of series %d; want %d of 10", auto.ID, auto.Series, b.issuer.ID+1)
	}
	if _, err := b.AddIssuer(t.Context(), tenant, mint.Issuer{Series: 12, Name: "Autre"}); !errors.Is(err, mint.ErrTaken) {
		t.Errorf("AddIssuer of a taken series = %v; want ErrTaken", err)
	}
	for _, bad := range []mint.Issuer{{}, {Name: "x", Series: 100}, {Name: strings.Repeat("x", 300)}} {
		if _, err := b.AddIssuer(t.Context(), tenant, bad); !errors.Is(err, mint.ErrInvalid) {
			t.Errorf("AddIssuer(series %d) = %v; want ErrInvalid", bad.Series, err)
		}
	}
	if list := must(b.Issuers(t.Context(), tenant)); len(list) != 2 || list[1] != auto {
		t.Errorf("Issuers = %v; want both", list)
	}
}

func TestBatchIsRemembered(t *testing.T) {
	b := newBench(t)
	made := b.batch(func(o *mint.Order) { o.HandOver = true })
	got := must(b.Batch(t.Context(), tenant, b.issuer.ID, made.Manifest.Batch))
	list := must(b.Batches(t.Context(), tenant))
	if !got.HandOver || !got.Created.Equal(market) || got.Manifest.Last != made.Manifest.Last || len(list) != 1 {
		t.Errorf("Batch = %+v of %d; want what was made", got, len(list))
	}
	if _, err := b.Batch(t.Context(), "autre", b.issuer.ID, made.Manifest.Batch); !errors.Is(err, mint.ErrUnknown) {
		t.Errorf("Batch of another tenant = %v; want ErrUnknown", err)
	}
}

func TestStolenCardKey(t *testing.T) {
	b := newBench(t)
	old := must(b.IssueCard(t.Context(), tenant, 4, 2600, ""))
	if err := b.RevokeCardKey(t.Context(), tenant, old.Card.Key); err != nil {
		t.Fatal(err)
	}
	again := must(b.IssueCard(t.Context(), tenant, 4, 2600, ""))
	b.publish()
	stolen, _ := b.cards().Find(old.Card.Key)
	fresh, _ := b.cards().Find(again.Card.Key)
	if stolen.Valid(2400) || !fresh.Valid(2400) || again.Verify(fresh.Public) != nil {
		t.Error("stolen key valid, or new card without a valid key")
	}
}

// The log of a whole life of passes holds no number.
func TestLogsHoldNoNumber(t *testing.T) {
	b := newBench(t)
	var log bytes.Buffer
	b.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	batch := b.batch(func(o *mint.Order) { o.Carnets = 1000 })
	b.believe(b.validation(k1, 4, batch.Manifest, 7_654, market))
	b.publish()
	b.Log.Info("batch made", "batch", batch, "manifest", batch.Manifest, "list", b.statuses(batch))
	number := pass.Number{Series: batch.Manifest.Series, Serial: 7_654}
	for _, secret := range []string{"7654", number.Digits(), number.Grouped()} {
		if strings.Contains(log.String(), secret) {
			t.Error("the log holds a pass's number")
		}
	}
	if !strings.Contains(log.String(), "passes published") {
		t.Errorf("log = %q; want the publication in it", log.String())
	}
}
