package pass_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

func ledger() pass.Ledger {
	return pass.Ledger{Tenant: "demo", Station: "sabcdefghij234567", Log: pass.LogID{1}, Key: issuerKey("station")}
}

func TestLedgerChains(t *testing.T) {
	l := ledger()
	var prev pass.Hash
	for seq := uint64(1); seq <= 5; seq++ {
		e, next, err := l.Next([]byte("sealed"))
		if err != nil {
			t.Fatalf("Next: %v", err)
		}
		if line, err := e.Open(); err != nil || line.Seq != seq || line.Prev != prev {
			t.Errorf("entry %d: Open = seq %d, %v; want its place in the chain", seq, line.Seq, err)
		}
		if l.Seq != seq-1 || next.Seq != seq || next.Head != e.Hash() {
			t.Errorf("entry %d: ledger at %d, next at %d; want %d, %d", seq, l.Seq, next.Seq, seq-1, seq)
		}
		prev, l = e.Hash(), next
	}
}

func TestEntryVerify(t *testing.T) {
	l := ledger()
	e, _, err := l.Next([]byte("sealed"))
	if err != nil {
		t.Fatal(err)
	}
	pub := l.Key.Public().(ed25519.PublicKey)
	changed := e
	changed.Line = strings.Replace(e.Line, `"seq":1`, `"seq":2`, 1)
	short := e
	short.Sig = e.Sig[:63]
	tests := []struct {
		name  string
		entry pass.Entry
		pub   ed25519.PublicKey
		want  error
	}{
		{"its own key", e, pub, nil},
		{"another key", e, issuerKey("other").Public().(ed25519.PublicKey), pass.ErrSignature},
		{"changed line", changed, pub, pass.ErrSignature},
		{"short signature", short, pub, pass.ErrSignature},
		{"no key", e, nil, pass.ErrKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.entry.Verify(tt.pub); !errors.Is(err, tt.want) {
				t.Errorf("Verify = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestLedgerRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*pass.Ledger)
		sealed []byte
		want   error
	}{
		{"no key", func(l *pass.Ledger) { l.Key = nil }, []byte("x"), pass.ErrKey},
		{"no tenant", func(l *pass.Ledger) { l.Tenant = "" }, []byte("x"), pass.ErrMalformed},
		{"no log", func(l *pass.Ledger) { l.Log = pass.LogID{} }, []byte("x"), pass.ErrMalformed},
		{"nothing sealed", func(*pass.Ledger) {}, nil, pass.ErrMalformed},
		{"too much sealed", func(*pass.Ledger) {}, make([]byte, pass.MaxSealed+1), pass.ErrMalformed},
		{"no head", func(l *pass.Ledger) { l.Seq = 4 }, []byte("x"), pass.ErrMalformed},
		{"last number", func(l *pass.Ledger) { l.Seq, l.Head = 1<<63-1, pass.Hash{1} }, []byte("x"), pass.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := ledger()
			tt.change(&l)
			_, after, err := l.Next(tt.sealed)
			if !errors.Is(err, tt.want) || !reflect.DeepEqual(after, l) {
				t.Errorf("Next = %v; want %v and the ledger as it was", err, tt.want)
			}
		})
	}
}

func TestSignatureDomainsAreSeparate(t *testing.T) {
	priv := issuerKey("one key for all")
	pub := priv.Public().(ed25519.PublicKey)
	p, err := pass.Payload{Issuer: 1, Batch: 1, Serial: 1}.Sign(priv)
	if err != nil {
		t.Fatal(err)
	}
	c, err := pass.Card{ID: 1}.Sign(priv)
	if err != nil {
		t.Fatal(err)
	}
	c.Signature, p.Signature = p.Signature, c.Signature
	if p.Verify(pub) == nil || c.Verify(pub) == nil {
		t.Error("a card's signature passed for a pass's, or the reverse")
	}
}

func TestSignRefuses(t *testing.T) {
	good := pass.Payload{Issuer: 1, Batch: 1, Serial: 1}
	tests := []struct {
		name   string
		change func(*pass.Payload)
		key    ed25519.PrivateKey
		want   error
	}{
		{"no key", func(*pass.Payload) {}, nil, pass.ErrKey},
		{"no issuer", func(p *pass.Payload) { p.Issuer = 0 }, issuerKey("a"), pass.ErrMalformed},
		{"no serial", func(p *pass.Payload) { p.Serial = 0 }, issuerKey("a"), pass.ErrMalformed},
		{"batch over 24 bits", func(p *pass.Payload) { p.Batch = pass.MaxBatch + 1 }, issuerKey("a"), pass.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := good
			tt.change(&p)
			if _, err := p.Sign(tt.key); !errors.Is(err, tt.want) {
				t.Errorf("Sign = %v; want %v", err, tt.want)
			}
		})
	}
}

// Every single altered digit of a QR code is refused somewhere.
func TestAlteredDigits(t *testing.T) {
	good := signed(t).Digits()
	pub := issuerKey("issuer").Public().(ed25519.PublicKey)
	for i := range good {
		for _, d := range "0123456789" {
			altered := good[:i] + string(d) + good[i+1:]
			if altered == good {
				continue
			}
			if code, err := pass.Read(altered); err == nil && code.Signed.Verify(pub) == nil {
				t.Errorf("digit %d changed: accepted", i)
			}
		}
	}
}

func validation() pass.Record {
	return pass.Record{
		V: 1, Kind: pass.Validation, Tenant: "demo", Station: "sabcdefghij234567", At: pass.Position{Log: pass.LogID{1}, Seq: 8},
		Stamp: pass.Stamp{Wall: time.Date(2026, 3, 12, 10, 2, 0, 0, time.UTC), Clock: pass.ClockMediator, Boot: "b1", Mono: 5000},
		Pass:  &pass.Ref{Assurance: pass.QRSigned, Issuer: 7, Batch: 4, Serial: 120, Key: 1}, Structure: 4, SIRET: "12345678901234",
		Place: "mediatheque", Service: "KS-03", Posture: pass.PostureWith, PaperKept: true, Override: "old_list",
	}
}

func TestRecordsSurvive(t *testing.T) {
	cancel, papers, foreign := validation(), validation(), validation()
	cancel.Kind, cancel.Pass, cancel.Cancels = pass.Cancellation, nil, &pass.Position{Log: pass.LogID{1}, Seq: 7}
	papers.Kind, papers.Pass, papers.Papers = pass.PaperCount, nil, &pass.Papers{Date: "2026-03-12", Validated: 10, Kept: 9}
	foreign.Pass = &pass.Ref{Assurance: pass.ForeignRead, Foreign: "PN-2026-00042"}
	for _, want := range []pass.Record{validation(), cancel, papers, foreign} {
		t.Run(fmt.Sprint(string(want.Kind), want.At.Seq), func(t *testing.T) {
			data, err := want.Encode()
			if err != nil {
				t.Fatalf("Encode: %v", err)
			}
			if got, err := pass.ParseRecord(data); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("ParseRecord(Encode) differs, error %v", err)
			}
		})
	}
}

func TestRecordRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*pass.Record)
		want   error
	}{
		{"later version", func(r *pass.Record) { r.V = 2 }, pass.ErrVersion},
		{"no tenant", func(r *pass.Record) { r.Tenant = "" }, pass.ErrMalformed},
		{"no place in a log", func(r *pass.Record) { r.At.Seq = 0 }, pass.ErrMalformed},
		{"unset clock with a time", func(r *pass.Record) { r.Stamp.Clock = pass.ClockUnset }, pass.ErrMalformed},
		{"set clock without a time", func(r *pass.Record) { r.Stamp.Wall = time.Time{} }, pass.ErrMalformed},
		{"unknown clock", func(r *pass.Record) { r.Stamp.Clock = "sundial" }, pass.ErrMalformed},
		{"no pass", func(r *pass.Record) { r.Pass = nil }, pass.ErrMalformed},
		{"two kinds", func(r *pass.Record) { r.Papers = &pass.Papers{} }, pass.ErrMalformed},
		{"unknown kind", func(r *pass.Record) { r.Kind, r.Pass = "gift", nil }, pass.ErrMalformed},
		{"no service", func(r *pass.Record) { r.Service = "" }, pass.ErrMalformed},
		{"unknown posture", func(r *pass.Record) { r.Posture = "seul" }, pass.ErrMalformed},
		{"short SIRET", func(r *pass.Record) { r.SIRET = "123" }, pass.ErrMalformed},
		{"somebody's words as reason", func(r *pass.Record) { r.Override = "Mme Martin a insisté" }, pass.ErrMalformed},
		{"numbers and a foreign code", func(r *pass.Record) { r.Pass.Foreign = "ABCD" }, pass.ErrMalformed},
		{"foreign code with a serial", func(r *pass.Record) { *r.Pass = pass.Ref{Assurance: pass.ForeignRead, Foreign: "ABCD", Serial: 1} }, pass.ErrMalformed},
		{"unknown assurance", func(r *pass.Record) { r.Pass.Assurance = "hearsay" }, pass.ErrMalformed},
		{"cancels itself", func(r *pass.Record) { r.Kind, r.Pass, r.Cancels = pass.Cancellation, nil, &r.At }, pass.ErrMalformed},
		{"negative count", func(r *pass.Record) { r.Kind, r.Pass, r.Papers = pass.PaperCount, nil, &pass.Papers{Kept: -1} }, pass.ErrMalformed},
		{"count of no date", func(r *pass.Record) { r.Kind, r.Pass, r.Papers = pass.PaperCount, nil, &pass.Papers{Date: "jeudi"} }, pass.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := validation()
			tt.change(&r)
			if _, err := pass.ParseRecord(mustJSON(t, r)); !errors.Is(err, tt.want) {
				t.Errorf("ParseRecord = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestLogID(t *testing.T) {
	a, b := pass.NewLogID(), pass.NewLogID()
	if a == b {
		t.Error("NewLogID twice gave the same id")
	}
	if back, err := pass.ParseLogID(a.String()); err != nil || back != a {
		t.Errorf("ParseLogID(%s) = %s, %v; want the same", a, back, err)
	}
	for _, bad := range []string{"", "00", strings.Repeat("0", 17), strings.Repeat("g", 16)} {
		if _, err := pass.ParseLogID(bad); !errors.Is(err, pass.ErrMalformed) {
			t.Errorf("ParseLogID(%q) = %v; want ErrMalformed", bad, err)
		}
	}
}
