package pass_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/pass"
)

func FuzzRead(f *testing.F) {
	v := readVectors(f)
	for _, p := range v.Passes {
		f.Add(p.Digits)
		f.Add(garble(p.Digits))
	}
	for _, c := range v.Cards {
		f.Add("]Q1" + c.Digits)
	}
	for _, n := range v.Numbers {
		f.Add(n.Grouped)
		f.Add("$C&" + garble(n.Digits))
	}
	f.Add(signedOwn(f).Digits())
	for _, s := range []string{"", "]C1", "$a&", "e\u0301", "PN-2026-00042", strings.Repeat("9", 2000), "\xff\xfe", "１２３４", "0000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := pass.Read(text)
		if err != nil {
			if code != (pass.Code{}) {
				t.Error("Read returned a code and an error")
			}
			return
		}
		again, err := pass.Read(plain(code))
		if err != nil || again != code {
			t.Errorf("Read of its own plain form = kind %d, %v; want kind %d", again.Kind, err, code.Kind)
		}
	})
}

// plain returns the form in which a code is printed.
func plain(c pass.Code) string {
	switch c.Kind {
	case pass.KindSigned:
		return c.Signed.Digits()
	case pass.KindNumber:
		return c.Number.Digits()
	case pass.KindCard:
		return c.Card.Digits()
	case pass.KindOwn:
		return c.Own.Digits()
	}
	return c.Foreign
}

// stable checks that what a parser accepts, its encoder reproduces for good.
func stable[T any](t *testing.T, data []byte, parse func([]byte) (T, error), encode func(T) ([]byte, error)) {
	v, err := parse(data)
	if err != nil {
		return
	}
	once, err := encode(v)
	if err != nil {
		return // larger than the limit once written in full
	}
	again, err := parse(once)
	if err != nil {
		t.Fatalf("parse of own encoding: %v", err)
	}
	if twice, err := encode(again); err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("encoding changed from one time to the next: %v", err)
	}
}

func seeds(f *testing.F, documents ...[]byte) {
	for _, d := range documents {
		f.Add(d)
		f.Add(d[:len(d)/2])
		f.Add(bytes.Replace(d, []byte("1"), []byte("-1"), 1))
	}
	f.Add([]byte(`{}`))
	f.Add([]byte(`[{"v":1}]`))
	f.Add([]byte(`{"v":1,"v":2}`))
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}

func FuzzParseKeyset(f *testing.F) {
	seeds(f, must(keyset().Encode()))
	f.Fuzz(func(t *testing.T, data []byte) { stable(t, data, pass.ParseKeyset, pass.Keyset.Encode) })
}

func FuzzParseManifest(f *testing.F) {
	seeds(f, must(manifest().Encode()))
	f.Fuzz(func(t *testing.T, data []byte) { stable(t, data, pass.ParseManifest, pass.Manifest.Encode) })
}

func FuzzParseStatusList(f *testing.F) {
	seeds(f, must(statusList().Encode()))
	for _, l := range readVectors(f).StatusLists {
		f.Add([]byte(l.Document))
	}
	f.Fuzz(func(t *testing.T, data []byte) { stable(t, data, pass.ParseStatusList, pass.StatusList.Encode) })
}

func FuzzParseCards(f *testing.F) {
	seeds(f, must(cards().Encode()))
	f.Fuzz(func(t *testing.T, data []byte) { stable(t, data, pass.ParseCards, pass.Cards.Encode) })
}

func FuzzParseRecord(f *testing.F) {
	seeds(f, must(validation().Encode()))
	f.Fuzz(func(t *testing.T, data []byte) { stable(t, data, pass.ParseRecord, pass.Record.Encode) })
}

func FuzzEntryOpen(f *testing.F) {
	for _, l := range readVectors(f).Ledgers {
		for _, e := range l.Entries {
			f.Add(e.Line)
		}
	}
	f.Fuzz(func(t *testing.T, line string) {
		l, err := pass.Entry{Line: line}.Open()
		if err == nil && (l.Seq == 0 || len(l.Sealed) == 0 || l.Log == (pass.LogID{})) {
			t.Error("Open accepted a line without sequence number, log or record")
		}
	})
}

func FuzzParsePHC(f *testing.F) {
	f.Add(goodPHC)
	f.Add("$argon2id$v=19$m=1,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := pass.ParsePHC(text); err == nil && p.String() != text {
			t.Errorf("String = %q; want %q", p.String(), text)
		}
	})
}

func FuzzParseDay(f *testing.F) {
	f.Add("2026-12-31")
	f.Add("2020-01-01")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := pass.ParseDay(text); err == nil && d.String() != text {
			t.Errorf("String = %q; want %q", d.String(), text)
		}
	})
}
