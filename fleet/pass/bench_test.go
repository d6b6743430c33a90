package pass_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// BenchmarkReadAndVerify is what a station does with each QR code.
func BenchmarkReadAndVerify(b *testing.B) {
	priv := issuerKey("issuer")
	s, err := pass.Payload{Issuer: 7, Key: 3, Batch: 4, Serial: 425}.Sign(priv)
	if err != nil {
		b.Fatal(err)
	}
	digits, pub := s.Digits(), priv.Public().(ed25519.PublicKey)
	for b.Loop() {
		code, err := pass.Read(digits)
		if err != nil || code.Signed.Verify(pub) != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseStatusList reads the list of 100,000 passes, a tenth used.
func BenchmarkParseStatusList(b *testing.B) {
	l := pass.NewStatusList(7, 4, 1, 100_000)
	l.Version, l.IssuedAt = 1, time.Unix(1, 0)
	for s := pass.Serial(1); s <= 10_000; s++ {
		l.Set(s*7%100_000+1, pass.Redeemed)
	}
	data, err := l.Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(data)), "bytes")
	for b.Loop() {
		if _, err := pass.ParseStatusList(data); err != nil {
			b.Fatal(err)
		}
	}
}
