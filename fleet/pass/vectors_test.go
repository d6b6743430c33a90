package pass_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// vectors is testdata/vectors.json, made by testdata/vectors.py without this
// package.
type vectors struct {
	Passes []struct {
		Seed, Public hexBytes
		Issuer       pass.Issuer
		Kid          pass.KeyID
		Batch        pass.Batch
		Serial       pass.Serial
		NotAfter     pass.Day `json:"not_after"`
		Digits       string
		Genuine      string
	}
	Cards []struct {
		Seed, Public hexBytes
		Kid          pass.KeyID
		Tenant       string
		Tag          uint32
		Structure    pass.Structure
		Card         pass.CardID
		NotBefore    pass.Day `json:"not_before"`
		NotAfter     pass.Day `json:"not_after"`
		Digits       string
	}
	Numbers []struct {
		Series          uint8
		Serial          pass.Serial
		Digits, Grouped string
	}
	StatusLists []struct{ Statuses, Document string } `json:"status_lists"`
	Ledgers     []struct {
		Seed, Public    hexBytes
		Tenant, Station string
		Log             pass.LogID
		Sealed          []hexBytes
		Entries         []struct {
			pass.Entry
			Hash pass.Hash
		}
	}
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectorPasses(t *testing.T) {
	for i, v := range readVectors(t).Passes {
		want := pass.Payload{Issuer: v.Issuer, Key: v.Kid, Batch: v.Batch, Serial: v.Serial, NotAfter: v.NotAfter}
		made, err := want.Sign(ed25519.NewKeyFromSeed(v.Seed))
		if err != nil || made.Digits() != v.Digits || made.Genuine() != v.Genuine {
			t.Errorf("pass %d: Sign differs from the vector (error %v)", i, err)
		}
		code, err := pass.Read(v.Digits)
		if err != nil || code.Kind != pass.KindSigned || code.Signed.Payload != want {
			t.Errorf("pass %d: Read = kind %d, %v; want the vector's payload", i, code.Kind, err)
		}
		if err := code.Signed.Verify(ed25519.PublicKey(v.Public)); err != nil {
			t.Errorf("pass %d: Verify = %v; want nil", i, err)
		}
	}
}

func TestVectorCards(t *testing.T) {
	for i, v := range readVectors(t).Cards {
		want := pass.Card{Key: v.Kid, Tenant: pass.TenantTag(v.Tenant), Structure: v.Structure, ID: v.Card, NotBefore: v.NotBefore, NotAfter: v.NotAfter}
		made, err := want.Sign(ed25519.NewKeyFromSeed(v.Seed))
		if err != nil || made.Digits() != v.Digits || want.Tenant != v.Tag {
			t.Errorf("card %d: Sign differs from the vector (error %v)", i, err)
		}
		code, err := pass.Read(v.Digits)
		if err != nil || code.Kind != pass.KindCard || code.Card.Card != want {
			t.Errorf("card %d: Read = kind %d, %v; want the vector's card", i, code.Kind, err)
		}
		if err := code.Card.Verify(ed25519.PublicKey(v.Public)); err != nil {
			t.Errorf("card %d: Verify = %v; want nil", i, err)
		}
	}
}

func TestVectorNumbers(t *testing.T) {
	for i, v := range readVectors(t).Numbers {
		want := pass.Number{Series: v.Series, Serial: v.Serial}
		if want.Digits() != v.Digits || want.Grouped() != v.Grouped {
			t.Errorf("number %d: digits differ from the vector", i)
		}
		if code, err := pass.Read(v.Grouped); err != nil || code.Number != want {
			t.Errorf("number %d: Read = kind %d, %v; want the vector's number", i, code.Kind, err)
		}
	}
}

func TestVectorStatusLists(t *testing.T) {
	for i, v := range readVectors(t).StatusLists {
		l, err := pass.ParseStatusList([]byte(v.Document))
		if err != nil {
			t.Fatalf("list %d: ParseStatusList: %v", i, err)
		}
		checkStatuses(t, l, v.Statuses)
		again, err := l.Encode()
		if err != nil {
			t.Fatalf("list %d: Encode: %v", i, err)
		}
		if l, err = pass.ParseStatusList(again); err != nil {
			t.Fatalf("list %d: ParseStatusList of Encode: %v", i, err)
		}
		checkStatuses(t, l, v.Statuses)
	}
}

func checkStatuses(t *testing.T, l pass.StatusList, want string) {
	t.Helper()
	for j, c := range want {
		if got := l.Get(l.First + pass.Serial(j)); got != pass.Status(c-'0') {
			t.Fatalf("Get(first+%d) = %d; want %c", j, got, c)
		}
	}
}

func TestVectorLedgers(t *testing.T) {
	for _, v := range readVectors(t).Ledgers {
		ledger := pass.Ledger{Tenant: v.Tenant, Station: v.Station, Log: v.Log, Key: ed25519.NewKeyFromSeed(v.Seed)}
		for i, want := range v.Entries {
			var entry pass.Entry
			var err error
			entry, ledger, err = ledger.Next(v.Sealed[i])
			if err != nil || entry.Line != want.Line || string(entry.Sig) != string(want.Sig) || ledger.Head != want.Hash {
				t.Fatalf("entry %d: Next = %q, %v; want %q", i, entry.Line, err, want.Line)
			}
			line, err := want.Open()
			if err != nil || line.Seq != uint64(i+1) || string(line.Sealed) != string(v.Sealed[i]) {
				t.Errorf("entry %d: Open = seq %d, %v", i, line.Seq, err)
			}
			if err := want.Verify(ed25519.PublicKey(v.Public)); err != nil {
				t.Errorf("entry %d: Verify = %v; want nil", i, err)
			}
		}
	}
}
