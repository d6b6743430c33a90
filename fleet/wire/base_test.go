package wire_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

var night = []wire.Window{{Days: []int{1, 2, 3, 4, 5}, From: "22:00", To: "05:30"}}

// TestBaseOnTheWire holds the form of what both ends read.
func TestBaseOnTheWire(t *testing.T) {
	at := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		m    wire.Message
		want string
	}{
		{"desired", &wire.Desired{Version: 2, Role: wire.RoleStation, Mode: wire.ModeKiosk,
			Base: &wire.Base{Release: "2026.12.1", Windows: night, Kbps: 2000, Metered: true, Go: "r3-1"}},
			`"base":{"release":"2026.12.1","windows":[{"days":[1,2,3,4,5],"from":"22:00","to":"05:30"}],"kbps":2000,"metered":true,"go":"r3-1"}`},
		{"reported", &wire.Reported{Base: &wire.BaseState{Running: "2026.11.1", Slot: "a", Target: "2026.12.1", Go: "r3-1",
			State: wire.BaseFailed, Reason: "unhealthy:display", Since: at, Done: 3, Total: 5, Traffic: 9}},
			`"base":{"running":"2026.11.1","slot":"a","target":"2026.12.1","go":"r3-1","state":"failed","reason":"unhealthy:display","since":"2026-11-22T03:00:00Z","done":3,"total":5,"traffic":9}`},
		{"progress", &wire.Progress{ID: "j1", Status: "failed", Reason: wire.ReasonBusy}, `{"id":"j1","status":"failed","reason":"busy"}`},
		{"receipt", &wire.Farewell{V: 1, Station: station, Incarnation: 2, Job: "j1", Epoch: "E", Logs: []wire.LogAck{{Log: pass.LogID{1}, Seq: 4, Rev: 9}}},
			`{"v":1,"station":"sabcdefghij234567","incarnation":2,"job":"j1","epoch":"E","logs":[{"log":"0100000000000000","seq":4,"rev":9}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wire.Encode(tt.m)
			if err != nil || !strings.Contains(string(got), tt.want) {
				t.Errorf("Encode(%T) = %s, %v; want %s in it", tt.m, got, err, tt.want)
			}
		})
	}
}

func TestBaseRefused(t *testing.T) {
	desired := func(base string) string { return `{"version":1,"role":"station","mode":"kiosk","base":` + base + `}` }
	reported := func(base string) string { return `{"base":` + base + `}` }
	tests := []struct {
		name, payload string
		into          wire.Message
	}{
		{"no release", desired(`{}`), new(wire.Desired)},
		{"a path", desired(`{"release":"../x"}`), new(wire.Desired)},
		{"an attempt with a space", desired(`{"release":"1","go":"a b"}`), new(wire.Desired)},
		{"a day too many", desired(`{"release":"1","windows":[{"days":[7],"from":"22:00","to":"05:00"}]}`), new(wire.Desired)},
		{"half past twenty-four", desired(`{"release":"1","windows":[{"from":"24:30","to":"05:00"}]}`), new(wire.Desired)},
		{"less than nothing", desired(`{"release":"1","kbps":-1}`), new(wire.Desired)},
		{"a step of its own", reported(`{"running":"1","slot":"a","state":"nearly"}`), new(wire.Reported)},
		{"a text as a reason", reported(`{"running":"1","slot":"a","state":"failed","reason":"No space left"}`), new(wire.Reported)},
		{"more than all", reported(`{"running":"1","slot":"a","state":"fetching","done":2,"total":1}`), new(wire.Reported)},
		{"half a signature", `{"id":"j","status":"done","receipt":{"text":"{}","sig":"AAAA"}}`, new(wire.Progress)},
		{"a receipt of nobody", `{"v":1,"station":"x","incarnation":1,"job":"j"}`, new(wire.Farewell)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := wire.Decode([]byte(tt.payload), tt.into); !errors.Is(err, wire.ErrMalformed) {
				t.Errorf("Decode(%s) = %v; want %v", tt.payload, err, wire.ErrMalformed)
			}
		})
	}
}

func TestWindowHolds(t *testing.T) {
	day := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) } // the 22nd is a Sunday
	tests := []struct {
		name string
		w    wire.Window
		at   time.Time
		want bool
	}{
		{"in the evening", night[0], day(23, 22, 0), true},
		{"after midnight", night[0], day(24, 5, 29), true},
		{"its end", night[0], day(24, 5, 30), false},
		{"by day", night[0], day(24, 12, 0), false},
		{"the night from Friday", night[0], day(28, 3, 0), true},
		{"Saturday evening", night[0], day(28, 23, 0), false},
		{"the night from Sunday", night[0], day(23, 3, 0), false},
		{"every day at noon", wire.Window{From: "12:00", To: "13:00"}, day(22, 12, 59), true},
		{"the whole day", wire.Window{From: "00:00", To: "00:00"}, day(22, 17, 3), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.w.Holds(tt.at); got != tt.want {
				t.Errorf("%+v.Holds(%v) = %v; want %v", tt.w, tt.at, got, tt.want)
			}
		})
	}
}

func TestReason(t *testing.T) {
	r := wire.Reason("unhealthy:display")
	if r.Kind() != wire.ReasonUnhealthy || r.About() != "display" {
		t.Errorf("%q is %q about %q; want unhealthy about display", r, r.Kind(), r.About())
	}
	if wire.ReasonSpace.Kind() != wire.ReasonSpace || wire.ReasonSpace.About() != "" {
		t.Errorf("%q is %q about %q; want itself about nothing", wire.ReasonSpace, wire.ReasonSpace.Kind(), wire.ReasonSpace.About())
	}
}
