package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func carry(t testing.TB, key ed25519.PrivateKey) []byte {
	t.Helper()
	head := wire.CarryHead{V: 1, Tenant: "nancy", Station: "saaaaaaaaaaaaaaaa", Incarnation: 1, Log: pass.LogID{7}}
	var b bytes.Buffer
	w, err := wire.NewCarryWriter(&b, head)
	counter := wire.Counter{Period: "2027-03-01/am", Name: wire.CountSessions, Outcome: "ended", Value: 3, Rev: 1}
	err = errors.Join(err, w.Records(&wire.Records{Log: head.Log, First: 1, Entries: []pass.Entry{{}}}),
		w.Counters(&wire.Counters{Log: head.Log, Counters: []wire.Counter{counter}}), w.End(key))
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCarry(t *testing.T) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	whole := carry(t, key)
	c, err := wire.ReadCarry(bytes.NewReader(whole))
	if err != nil || len(c.Messages) != 2 || c.Station != "saaaaaaaaaaaaaaaa" || !c.Signed(public) || c.Signed(other) || c.Signed(nil) {
		t.Fatalf("ReadCarry = %+v, %v; want two messages that one key signed", c, err)
	}
	for n := range whole {
		if _, err := wire.ReadCarry(bytes.NewReader(whole[:n])); !errors.Is(err, wire.ErrMalformed) {
			t.Fatalf("ReadCarry(cut at %d) = %v; want %v", n, err, wire.ErrMalformed)
		}
	}
	changed := bytes.Replace(whole, []byte(`"value":3`), []byte(`"value":4`), 1)
	if c, err := wire.ReadCarry(bytes.NewReader(changed)); err != nil || c.Signed(public) {
		t.Errorf("a changed counter is signed, %v; want it not to be", err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	tests := []struct{ name, text string }{
		{"no head", strings.Join(lines[1:], "")},
		{"two heads", lines[0] + string(whole)},
		{"another log's", strings.Replace(string(whole), `"log":"07`, `"log":"08`, 1)},
		{"another version", strings.Replace(string(whole), `"v":1`, `"v":2`, 1)},
		{"an empty line", lines[0] + "{}\n" + strings.Join(lines[1:], "")},
		{"for ever", lines[0] + strings.Repeat(" ", wire.MaxCarry)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := wire.ReadCarry(strings.NewReader(tt.text)); !errors.Is(err, wire.ErrMalformed) {
				t.Errorf("ReadCarry = %v; want %v", err, wire.ErrMalformed)
			}
		})
	}
}

func FuzzReadCarry(f *testing.F) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(carry(f, key))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := wire.ReadCarry(bytes.NewReader(b))
		if err == nil && (c.Check() != nil || c.Station == "") {
			t.Errorf("ReadCarry took %+v", c)
		}
	})
}
