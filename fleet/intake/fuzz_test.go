package intake_test

import (
	"testing"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// FuzzReceive: whatever a station says is stored or kept apart, never an
// error that would make it say so for ever, and never a panic.
func FuzzReceive(f *testing.F) {
	kinds := []wire.Kind{wire.KindRecords, wire.KindCounters, wire.KindHello, wire.KindState, wire.KindTelemetry, wire.KindReported, wire.KindProgress}
	for i, seed := range []string{
		`{"log":"0102030405060708","first":1,"entries":[{"line":"{}","sig":"AAAA"}]}`,
		`{"log":"0102030405060708","counters":[{"period":"2026-03-12/am","clock":"ntp","name":"sessions","value":1,"rev":1}]}`,
		`{"log":"0102030405060708","counters":[{"period":"","clock":"","name":"sessions","value":18446744073709551615,"rev":1}]}`,
		`{"wire":1,"incarnation":1,"boot":"b","boots":[{"boot":"b","mono_ms":-1,"wall":"9999-12-31T23:59:59Z","clock":"ntp"}],"schemas":[]}`,
		`{"online":true,"session":18446744073709551615}`,
		`{"uptime_s":1,"load1":1e308}`,
		`{"version":18446744073709551615,"place":"","trust":1,"release":""}`,
		`{"id":"j1","status":"done"}`,
	} {
		f.Add(i, []byte(seed))
	}
	k := newKitTB(f)
	f.Fuzz(func(t *testing.T, kind int, payload []byte) {
		if kind < 0 {
			kind = -(kind + 1)
		}
		if err := k.receive(t, kinds[kind%len(kinds)], payload); err != nil {
			t.Errorf("Receive(%s) = %v; want nil", kinds[kind%len(kinds)], err)
		}
	})
}
