package redeem_test

import (
	"math/rand/v2"
	"testing"

	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/fleet/pass"
)

var allWords = []redeem.Override{redeem.DateConfirmed, redeem.HandedOut, redeem.PaperInHand}

// anything draws a world and a showing in which each check may go either way.
func anything(t *testing.T, r *rand.Rand) (*world, redeem.Facts) {
	w := newWorld(t)
	f := w.facts(t)
	often := func(n int, do func()) {
		if r.IntN(n) == 0 {
			do()
		}
	}
	often(4, func() { number(&f) })
	often(9, func() { f.Code.Signed.Signature[r.IntN(64)] ^= 1 << r.IntN(8) })
	often(6, func() { revoke(w) })
	often(2, func() { listGenuine(t, w) })
	often(12, func() { w.manifest.Revoked = true })
	often(9, func() { f.Structure++ })
	often(9, func() { f.Service = "KS-02" })
	f.Now = f.Now.AddDate(0, 0, r.IntN(400))
	w.status.IssuedAt = f.Now.AddDate(0, 0, -r.IntN(60))
	often(3, func() { f.Dated = false })
	w.status.Set(specimen, []pass.Status{0, 0, 0, 1, 2, 3}[r.IntN(6)])
	often(12, func() { w.status = nil })
	often(5, func() { f.Use = someUse(); f.Use.Cancelled = r.IntN(2) == 0 })
	f.Degraded, f.Unsynced = r.IntN(20), r.IntN(70_000)
	often(12, func() { w.manifest = nil })
	return w, f
}

func TestDecideKeepsItsPromises(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		w, f := anything(t, r)
		plain := redeem.Decide(f)
		f.Overrides = allWords
		worded := redeem.Decide(f)
		promises := []struct {
			name string
			kept bool
		}{
			{"an accepted pass was not used here", !plain.Kind.Written() || f.Use.At == (pass.Position{}) || f.Use.Cancelled},
			{"an accepted pass is not listed as revoked or used", !plain.Kind.Written() || w.status.Get(specimen) == pass.Valid},
			{"an accepted pass of a revoked key is on the genuine list", !plain.Kind.Written() || w.keyset.Keys[0].RevokedAt == nil || w.manifest.IsGenuine(f.Code.Signed)},
			{"an accepted pass fits under the cap", !plain.Kind.Written() || f.Unsynced+value <= 60_000},
			{"no date is known, no date refuses", f.Dated || plain.Kind != redeem.Expired},
			{"nothing needs a word when nobody has to give it", plain.Kind == redeem.NeedsMediator || len(plain.Needs) == 0},
			{"words lift what needs them", worded.Kind != redeem.NeedsMediator},
			{"words lift nothing else", plain.Kind == redeem.NeedsMediator || plain.Kind == worded.Kind},
			{"a refusal by words is still a yes", plain.Kind != redeem.NeedsMediator || worded.Kind.Written()},
			{"the answer is the same twice", redeem.Decide(f).Kind == worded.Kind},
		}
		for _, p := range promises {
			if !p.kept {
				t.Fatalf("%s: plain %v %v %v, with words %v %v", p.name, plain.Kind, plain.Why, plain.Needs, worded.Kind, worded.Why)
			}
		}
	}
}

func TestUseNeverHelps(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		_, f := anything(t, r)
		f.Use = someUse()
		if got := redeem.Decide(f).Kind; got.Written() || got == redeem.NeedsMediator {
			t.Fatalf("Decide of a pass used here = %v; want a refusal", got)
		}
	}
}
