package pass_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// issuerKey is a key that only this test uses.
func issuerKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("mallette test " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func signed(t *testing.T) pass.Signed {
	t.Helper()
	p := pass.Payload{Issuer: 7, Key: 3, Batch: 70_001, Serial: 425, NotAfter: 2556}
	s, err := p.Sign(issuerKey("issuer"))
	if err != nil {
		t.Fatalf("Sign: %v", err)
	}
	return s
}

func signedCard(t *testing.T) pass.SignedCard {
	t.Helper()
	c := pass.Card{Key: 1, Tenant: pass.TenantTag("demo"), Structure: 4, ID: 9, NotBefore: 2400, NotAfter: 2600}
	s, err := c.Sign(issuerKey("cards"))
	if err != nil {
		t.Fatalf("Sign: %v", err)
	}
	return s
}

// garble types a text's digits on a French keyboard.
func garble(digits string) string {
	return strings.NewReplacer("0", "à", "1", "&", "2", "é", "3", `"`, "4", "'", "5", "(", "6", "-", "7", "è", "8", "_", "9", "ç").Replace(digits)
}

func garbleMac(digits string) string {
	return strings.NewReplacer("0", "À", "1", "&", "2", "É", "3", `"`, "4", "'", "5", "(", "6", "§", "7", "È", "8", "!", "9", "Ç").Replace(digits)
}

func decompose(text string) string {
	return strings.NewReplacer("à", "a\u0300", "é", "e\u0301", "è", "e\u0300", "ç", "c\u0327", "'", "’").Replace(text)
}

func wide(digits string) string {
	return strings.Map(func(r rune) rune { return r - '0' + '０' }, digits)
}

func arabic(digits string) string {
	return strings.Map(func(r rune) rune { return r - '0' + '\u0660' }, digits)
}

func TestReadForms(t *testing.T) {
	forms := []struct {
		name string
		of   func(string) string
	}{
		{"as printed", func(d string) string { return d }},
		{"in fours", fours},
		{"with a line end", func(d string) string { return d + "\r\n" }},
		{"with no-break spaces", func(d string) string { return strings.ReplaceAll(fours(d), " ", "\u202f") }},
		{"with hyphens", func(d string) string { return strings.ReplaceAll(fours(d), " ", "-") }},
		{"with dots", func(d string) string { return strings.ReplaceAll(fours(d), " ", ".") }},
		{"wide", wide},
		{"wide, in fours", func(d string) string { return fours(wide(d)) }},
		{"arabic digits", arabic},
		{"French keyboard", garble},
		{"French keyboard, in fours", func(d string) string { return fours(garble(d)) }},
		{"French keyboard, capitals locked", func(d string) string { return strings.ToUpper(garble(d)) }},
		{"French keyboard, accents apart", func(d string) string { return decompose(garble(d)) }},
		{"French Mac keyboard", garbleMac},
		{"Code 128 identifier", func(d string) string { return "]C1" + d }},
		{"QR identifier", func(d string) string { return "]Q1" + d }},
		{"group separators", func(d string) string { return "]C1\x1d" + d + "\x1d" }},
		{"identifier on a French keyboard", func(d string) string { return "$C&" + garble(d) }},
		{"start and end of text", func(d string) string { return "\x02" + d + "\x03" }},
		{"byte order mark", func(d string) string { return "\ufeff" + d }},
	}
	codes := []struct {
		digits string
		want   pass.Code
	}{
		{signed(t).Digits(), pass.Code{Kind: pass.KindSigned, Signed: signed(t)}},
		{signedCard(t).Digits(), pass.Code{Kind: pass.KindCard, Card: signedCard(t)}},
		{"12000000042566", pass.Code{Kind: pass.KindNumber, Number: pass.Number{Series: 12, Serial: 425}}},
	}
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			for _, c := range codes {
				got, err := pass.Read(form.of(c.digits))
				if err != nil || got != c.want {
					t.Errorf("Read(kind %d) = kind %d, %v; want kind %d", c.want.Kind, got.Kind, err, c.want.Kind)
				}
			}
		})
	}
}

// fours groups a text as people type a number.
func fours(text string) string {
	var b strings.Builder
	for i, r := range []rune(text) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func TestReadForeign(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"bars of another issuer", "3 700123 456789", "3700123456789"},
		{"letters and digits", " PN-2026-00042 \r\n", "PN-2026-00042"},
		{"address", "https://example.org/p/42", "https://example.org/p/42"},
		{"French keyboard", "&éé\"\"", "12233"},
		{"inner spaces", "AB   12  34", "AB 12 34"},
		{"accents", "chèque n° 12", "chèque n° 12"},
		{"longest", strings.Repeat("é7", 64), strings.Repeat("é7", 64)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := pass.Read(tt.in)
			if err != nil || got.Kind != pass.KindForeign || got.Foreign != tt.want {
				t.Errorf("Read(%q) = kind %d, %q, %v; want foreign %q", tt.in, got.Kind, got.Foreign, err, tt.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	good := signed(t).Digits()
	tests := []struct {
		name string
		in   string
		want error
	}{
		{"nothing", "", pass.ErrUnreadable},
		{"blanks", " \t\r\n", pass.ErrUnreadable},
		{"short", "123", pass.ErrUnreadable},
		{"one digit mistyped", "12000000042666", pass.ErrCheckDigits},
		{"two digits swapped", "12000000045266", pass.ErrCheckDigits},
		{"series zero", "00000000000195", pass.ErrUnreadable},
		{"serial over 32 bits", "12999999999933", pass.ErrUnreadable},
		{"one digit lost", good[:185], pass.ErrUnreadable},
		{"one digit more", good + "1", pass.ErrUnreadable},
		{"leading zero", "0" + good, pass.ErrUnreadable},
		{"later version", laterVersion(good), pass.ErrVersion},
		{"too long", strings.Repeat("1", 4000), pass.ErrUnreadable},
		{"not text", "12\xff34", pass.ErrUnreadable},
		{"control inside", "AB\x00CD", pass.ErrUnreadable},
		{"long text", strings.Repeat("x", 129), pass.ErrUnreadable},
		{"emptied by its identifier", "]C1", pass.ErrUnreadable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := pass.Read(tt.in); !errors.Is(err, tt.want) || got != (pass.Code{}) {
				t.Errorf("Read(%d bytes) = kind %d, %v; want %v", len(tt.in), got.Kind, err, tt.want)
			}
		})
	}
}

// laterVersion raises the payload's version byte of a pass's digits.
func laterVersion(digits string) string {
	n, _ := new(big.Int).SetString(digits, 10)
	b := n.Bytes()
	b[1]++
	return new(big.Int).SetBytes(b).String()
}
