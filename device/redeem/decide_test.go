package redeem_test

import (
	"slices"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/fleet/pass"
)

// answer is the part of a verdict that tests compare.
type answer struct {
	kind  redeem.Kind
	why   redeem.Reason
	needs []redeem.Reason
	notes []redeem.Note
}

func check(t *testing.T, f redeem.Facts, want answer) {
	t.Helper()
	got := redeem.Decide(f)
	if got.Kind != want.kind || got.Why != want.why || !slices.Equal(got.Needs, want.needs) || !slices.Equal(got.Notes, want.notes) {
		t.Errorf("Decide = %v %v needs %v notes %v; want %v %v needs %v notes %v",
			got.Kind, got.Why, got.Needs, got.Notes, want.kind, want.why, want.needs, want.notes)
	}
}

func number(f *redeem.Facts) {
	f.Code = pass.Code{Kind: pass.KindNumber, Number: pass.Number{Series: series, Serial: specimen}}
}

func age(days int) func(*world, *redeem.Facts) {
	return func(w *world, f *redeem.Facts) { w.status.IssuedAt = f.Now.AddDate(0, 0, -days).Add(-time.Minute) }
}

func TestDecide(t *testing.T) {
	cases := []struct {
		name  string
		given func(*world, *redeem.Facts)
		want  answer
	}{
		{"everything in order", func(*world, *redeem.Facts) {}, answer{kind: redeem.Accepted}},
		{"by its number", func(_ *world, f *redeem.Facts) { number(f) }, answer{kind: redeem.Accepted}},
		{"a specimen says so", func(w *world, _ *redeem.Facts) { w.manifest.Specimen = true },
			answer{kind: redeem.Accepted, notes: []redeem.Note{redeem.Specimen}}},
		{"code of another issuer", func(_ *world, f *redeem.Facts) {
			f.Code = pass.Code{Kind: pass.KindForeign, Foreign: "ABCD-1234"}
		}, answer{kind: redeem.Foreign}},
		{"code of another issuer, noted today", func(_ *world, f *redeem.Facts) {
			f.Code = pass.Code{Kind: pass.KindForeign, Foreign: "ABCD-1234"}
			f.Use = someUse()
		}, answer{kind: redeem.AlreadyUsed, why: redeem.SeenToday}},
		{"a mediator card is no pass", func(_ *world, f *redeem.Facts) { f.Code = pass.Code{Kind: pass.KindCard} }, answer{kind: redeem.NotAPass}},
		{"no code at all", func(_ *world, f *redeem.Facts) { f.Code = pass.Code{} }, answer{kind: redeem.Unreadable}},

		{"issuer nobody knows", func(_ *world, f *redeem.Facts) { f.Code.Signed.Payload.Issuer++ },
			answer{kind: redeem.UnknownBatch, why: redeem.UnknownIssuer}},
		{"number of no series", func(_ *world, f *redeem.Facts) { number(f); f.Code.Number.Series++ },
			answer{kind: redeem.UnknownBatch, why: redeem.NotInBatch}},
		{"number of no batch", func(_ *world, f *redeem.Facts) { number(f); f.Code.Number.Serial = last + 1 },
			answer{kind: redeem.UnknownBatch, why: redeem.NotInBatch}},
		{"key nobody knows", func(_ *world, f *redeem.Facts) { f.Code.Signed.Payload.Key++ },
			answer{kind: redeem.UnknownBatch, why: redeem.UnknownKey}},
		{"serial altered", func(_ *world, f *redeem.Facts) { f.Code.Signed.Payload.Serial++ }, answer{kind: redeem.Forged}},
		{"date altered", func(_ *world, f *redeem.Facts) { f.Code.Signed.Payload.NotAfter++ }, answer{kind: redeem.Forged}},
		{"signature altered", func(_ *world, f *redeem.Facts) { f.Code.Signed.Signature[9] ^= 1 }, answer{kind: redeem.Forged}},

		{"key revoked", func(w *world, _ *redeem.Facts) { revoke(w) }, answer{kind: redeem.Revoked, why: redeem.RevokedKey}},
		{"key revoked, pass genuine", func(w *world, _ *redeem.Facts) { revoke(w); listGenuine(t, w) },
			answer{kind: redeem.Accepted, notes: []redeem.Note{redeem.OnGenuineList}}},
		{"key revoked, other passes genuine", func(w *world, f *redeem.Facts) {
			revoke(w)
			listGenuine(t, w)
			f.Code.Signed = w.signed(t, specimen+5)
		}, answer{kind: redeem.Revoked, why: redeem.RevokedKey}},
		{"key revoked, digits only", func(w *world, f *redeem.Facts) { revoke(w); listGenuine(t, w); number(f) },
			answer{kind: redeem.NeedsCode, why: redeem.RevokedKey}},
		{"key revoked, date unknown", func(w *world, f *redeem.Facts) { revoke(w); f.Dated = false },
			answer{kind: redeem.Revoked, why: redeem.RevokedKey}},
		{"key long past", func(w *world, _ *redeem.Facts) { w.keyset.Keys[0].VerifyUntil = date(2026, 3, 11) },
			answer{kind: redeem.Expired, why: redeem.OldKey}},
		{"key's last day", func(w *world, _ *redeem.Facts) { w.keyset.Keys[0].VerifyUntil = date(2026, 3, 12) }, answer{kind: redeem.Accepted}},

		{"batch unknown", func(w *world, _ *redeem.Facts) { w.manifest = nil }, answer{kind: redeem.UnknownBatch}},
		{"serial outside its batch", func(w *world, _ *redeem.Facts) { w.manifest.First = specimen + 1 },
			answer{kind: redeem.UnknownBatch, why: redeem.NotInBatch}},
		{"key of another batch", func(w *world, _ *redeem.Facts) { w.manifest.Keys = []pass.KeyID{kid + 1} },
			answer{kind: redeem.UnknownBatch, why: redeem.NotInBatch}},
		{"batch revoked", func(w *world, _ *redeem.Facts) { w.manifest.Revoked = true },
			answer{kind: redeem.Revoked, why: redeem.RevokedBatch}},

		{"service the batch does not pay", func(_ *world, f *redeem.Facts) { f.Service = "KS-09" },
			answer{kind: redeem.NotQualified, why: redeem.Service}},
		{"service the structure may not give", func(_ *world, f *redeem.Facts) { f.Service = "KS-02" },
			answer{kind: redeem.NotQualified, why: redeem.Structure}},
		{"structure not qualified", func(_ *world, f *redeem.Facts) { f.Structure++ },
			answer{kind: redeem.NotQualified, why: redeem.Structure}},
		{"qualification over", func(w *world, _ *redeem.Facts) { w.manifest.Structures[0].Until = date(2026, 3, 11) },
			answer{kind: redeem.NotQualified, why: redeem.Structure}},
		{"qualification over, date unknown", func(w *world, f *redeem.Facts) {
			w.manifest.Structures[0].Until = date(2026, 3, 11)
			f.Dated = false
		}, answer{kind: redeem.Accepted, notes: []redeem.Note{redeem.DatesUnverified}}},

		{"listed as revoked", func(w *world, _ *redeem.Facts) { w.status.Set(specimen, pass.Invalid) },
			answer{kind: redeem.Revoked, why: redeem.RevokedPass}},
		{"listed as not handed out", func(w *world, _ *redeem.Facts) { w.status.Set(specimen, pass.Suspended) },
			answer{kind: redeem.NeedsMediator, needs: []redeem.Reason{redeem.Suspended}}},
		{"listed as used", func(w *world, _ *redeem.Facts) { w.status.Set(specimen, pass.Redeemed) },
			answer{kind: redeem.AlreadyUsed, why: redeem.UsedElsewhere}},
		{"listed as used, by us", func(w *world, f *redeem.Facts) { w.status.Set(specimen, pass.Redeemed); f.Use = someUse() },
			answer{kind: redeem.AlreadyUsed, why: redeem.UsedHere}},
		{"listed as used, cancelled by us", func(w *world, f *redeem.Facts) {
			w.status.Set(specimen, pass.Redeemed)
			f.Use = someUse()
			f.Use.Cancelled = true
		}, answer{kind: redeem.NeedsMediator, needs: []redeem.Reason{redeem.CancelledHere}}},
		{"used here", func(_ *world, f *redeem.Facts) { f.Use = someUse() }, answer{kind: redeem.AlreadyUsed, why: redeem.UsedHere}},
		{"used here by its number", func(_ *world, f *redeem.Facts) { number(f); f.Use = someUse() },
			answer{kind: redeem.AlreadyUsed, why: redeem.UsedHere}},
		{"cancelled here", func(_ *world, f *redeem.Facts) { f.Use = someUse(); f.Use.Cancelled = true }, answer{kind: redeem.Accepted}},
		{"no status list", func(w *world, _ *redeem.Facts) { w.status = nil },
			answer{kind: redeem.NeedsMediator, needs: []redeem.Reason{redeem.ListMissing}, notes: []redeem.Note{redeem.ListDegraded}}},
		{"no status list, digits only", func(w *world, f *redeem.Facts) { w.status = nil; number(f) },
			answer{kind: redeem.NeedsCode, why: redeem.ListMissing}},

		{"list three days old", age(3), answer{kind: redeem.Accepted}},
		{"list four days old", age(4), answer{kind: redeem.Accepted, notes: []redeem.Note{redeem.ListStale}}},
		{"list fourteen days old", age(14), answer{kind: redeem.Accepted, notes: []redeem.Note{redeem.ListStale}}},
		{"list fifteen days old", age(15), answer{kind: redeem.Accepted, notes: []redeem.Note{redeem.ListDegraded}}},
		{"list 45 days old", age(45), answer{kind: redeem.Accepted, notes: []redeem.Note{redeem.ListDegraded}}},
		{"list 46 days old", age(46),
			answer{kind: redeem.NeedsMediator, needs: []redeem.Reason{redeem.ListOld}, notes: []redeem.Note{redeem.ListDegraded}}},
		{"list from tomorrow", age(-1), answer{kind: redeem.Accepted}},
		{"degraded, digits only", func(w *world, f *redeem.Facts) { age(15)(w, f); number(f) },
			answer{kind: redeem.NeedsCode, why: redeem.ListAged, notes: []redeem.Note{redeem.ListDegraded}}},
		{"degraded, fifteenth pass", func(w *world, f *redeem.Facts) { age(15)(w, f); f.Degraded = 14 },
			answer{kind: redeem.Accepted, notes: []redeem.Note{redeem.ListDegraded}}},
		{"degraded, sixteenth pass", func(w *world, f *redeem.Facts) { age(15)(w, f); f.Degraded = 15 },
			answer{kind: redeem.Limit, why: redeem.DegradedMax, notes: []redeem.Note{redeem.ListDegraded}}},
		{"fresh list, many before", func(_ *world, f *redeem.Facts) { f.Degraded = 99 }, answer{kind: redeem.Accepted}},
		{"last cent under the cap", func(_ *world, f *redeem.Facts) { f.Unsynced = 59_000 }, answer{kind: redeem.Accepted}},
		{"one cent over the cap", func(_ *world, f *redeem.Facts) { f.Unsynced = 59_001 },
			answer{kind: redeem.Limit, why: redeem.UnsyncedCap}},

		{"several reasons at once", func(w *world, f *redeem.Facts) {
			age(46)(w, f)
			w.status.Set(specimen, pass.Suspended)
		}, answer{kind: redeem.NeedsMediator, needs: []redeem.Reason{redeem.Suspended, redeem.ListOld}, notes: []redeem.Note{redeem.ListDegraded}}},
		{"one word of two", func(w *world, f *redeem.Facts) {
			age(46)(w, f)
			w.status.Set(specimen, pass.Suspended)
			f.Overrides = []redeem.Override{redeem.HandedOut}
		}, answer{kind: redeem.NeedsMediator, needs: []redeem.Reason{redeem.Suspended, redeem.ListOld}, notes: []redeem.Note{redeem.ListDegraded}}},
		{"both words", func(w *world, f *redeem.Facts) {
			age(46)(w, f)
			w.status.Set(specimen, pass.Suspended)
			f.Overrides = []redeem.Override{redeem.HandedOut, redeem.PaperInHand}
		}, answer{kind: redeem.Accepted, needs: []redeem.Reason{redeem.Suspended, redeem.ListOld}, notes: []redeem.Note{redeem.ListDegraded}}},
		{"no word lifts a refusal", func(w *world, f *redeem.Facts) {
			w.status.Set(specimen, pass.Invalid)
			f.Overrides = []redeem.Override{redeem.DateConfirmed, redeem.HandedOut, redeem.PaperInHand}
		}, answer{kind: redeem.Revoked, why: redeem.RevokedPass}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			f := w.facts(t)
			c.given(w, &f)
			check(t, f, c.want)
		})
	}
}

func TestDecideSaysWhatItReliedOn(t *testing.T) {
	w := newWorld(t)
	v := redeem.Decide(w.facts(t))
	want := pass.Ref{Assurance: pass.QRSigned, Issuer: issuer, Batch: batch, Serial: specimen, Key: kid}
	if v.Ref != want || v.Value != value || v.Keyset != 2 || v.Status != 5 {
		t.Errorf("Decide relies on keyset %d, list %d, value %d, right pass %v; want 2, 5, %d, true",
			v.Keyset, v.Status, v.Value, v.Ref == want, value)
	}
}
