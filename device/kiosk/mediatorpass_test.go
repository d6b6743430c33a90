package kiosk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/redeem"
)

func TestTheRow(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	m.post("/mediateur/journee", m.day())
	m.desk.waiting = 2
	m.desk.row = []redeem.Line{
		{ID: 2, Verdict: redeem.Verdict{Kind: redeem.NeedsMediator, Needs: []redeem.Reason{redeem.Suspended}, Value: 1000}, Words: []redeem.Override{redeem.HandedOut}},
		{ID: 1, Verdict: redeem.Verdict{Kind: redeem.Accepted, Value: 1050}},
	}
	_, page := m.get("/mediateur/pass")
	has(t, page, "À vous de confirmer", "pas encore remis", "Le carnet a bien été remis", "Accepté", "10,50 €", "les 2 pass montrés", `role="status"`)
	m.post("/mediateur/pass", url.Values{"code": {"1200 0000 0425 91"}})
	m.post("/mediateur/pass", url.Values{"code": {""}})
	m.post("/mediateur/pass/2/accepter", url.Values{"parole": {"handed_out", "not a word"}})
	m.post("/mediateur/pass/1/annuler", url.Values{})
	m.post("/mediateur/pass/attente", url.Values{})
	want := "[show 17 bytes confirm 2 [handed_out] cancel 1 show waiting]"
	if got := fmt.Sprint(m.desk.did); got != want {
		t.Errorf("desk did %s; want %s", got, want)
	}
	if status, _ := m.post("/mediateur/pass/x/annuler", url.Values{}); status != http.StatusNotFound {
		t.Errorf("cancel line x = %d; want 404", status)
	}
}

func TestEveryOutcomeHasWords(t *testing.T) {
	m := newMediation(t)
	m.unlock()
	m.post("/mediateur/journee", m.day())
	for _, kind := range []redeem.Kind{
		redeem.Accepted, redeem.Tolerated, redeem.Foreign, redeem.NeedsMediator, redeem.AlreadyUsed, redeem.Revoked, redeem.Expired,
		redeem.UnknownBatch, redeem.NotQualified, redeem.Forged, redeem.NeedsCode, redeem.Limit, redeem.Unreadable, redeem.Mistyped,
		redeem.NotAPass, redeem.WrongStation, redeem.NoPasses, redeem.Closed, redeem.Full, redeem.Failed,
	} {
		m.desk.row = []redeem.Line{{ID: 1, Verdict: redeem.Verdict{Kind: kind}}}
		_, page := m.get("/mediateur/pass")
		if strings.Contains(page, `<strong></strong>`) {
			t.Errorf("outcome %s has no words", kind)
		}
	}
	for _, why := range []redeem.Reason{
		redeem.UnknownIssuer, redeem.UnknownKey, redeem.NotInBatch, redeem.RevokedKey, redeem.RevokedBatch, redeem.RevokedPass, redeem.OldKey,
		redeem.Structure, redeem.Service, redeem.UsedHere, redeem.UsedElsewhere, redeem.SeenToday, redeem.DegradedMax, redeem.UnsyncedCap,
		redeem.ListAged, redeem.Suspended, redeem.ExpiryEdge, redeem.ListOld, redeem.ListMissing, redeem.CancelledHere,
	} {
		m.desk.row = []redeem.Line{{ID: 1, Verdict: redeem.Verdict{Kind: redeem.NotQualified, Why: why}}}
		_, page := m.get("/mediateur/pass")
		if !strings.Contains(page, "</p>\n<p>") {
			t.Errorf("reason %s has no words", why)
		}
	}
}
