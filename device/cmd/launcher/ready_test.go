package main

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/hardware/board"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

func yes() *bool { b := true; return &b }

func degrees(c float64) *float64 { return &c }

func TestChecks(t *testing.T) {
	pc := board.Board{Vendor: "LENOVO", Model: "ThinkPad X250"}
	hp := board.Board{Vendor: "HP", Model: "HP ProBook 430"}
	s := &station{p: &program{flags: flags{Data: t.TempDir()}}}
	tests := []struct {
		name string
		got  kiosk.Check
		want kiosk.Check
	}{
		{"no battery", batteryCheck(nil), kiosk.Check{Topic: kiosk.CheckBattery, Good: true, Say: "none"}},
		{"charged", batteryCheck(&board.Battery{Percent: 64, Wear: 12, OnBattery: true}), kiosk.Check{Topic: kiosk.CheckBattery, Good: true, Say: "good", N: 64}},
		{"empty, plugged in", batteryCheck(&board.Battery{Percent: 7}), kiosk.Check{Topic: kiosk.CheckBattery, Good: true, Say: "good", N: 7}},
		{"empty", batteryCheck(&board.Battery{Percent: 7, OnBattery: true}), kiosk.Check{Topic: kiosk.CheckBattery, Say: "low", N: 7}},
		{"old", batteryCheck(&board.Battery{Percent: 90, Wear: 60}), kiosk.Check{Topic: kiosk.CheckBattery, Say: "worn", N: 60}},
		{"a machine", machineCheck(pc, board.Sample{}, false), kiosk.Check{Topic: kiosk.CheckMachine, Good: true, Say: "good", X: "LENOVO ThinkPad X250"}},
		{"maker named twice", machineCheck(hp, board.Sample{}, true), kiosk.Check{Topic: kiosk.CheckMachine, Good: true, Say: "live", X: "HP ProBook 430"}},
		{"weak supply", machineCheck(pc, board.Sample{Undervoltage: yes()}, true), kiosk.Check{Topic: kiosk.CheckMachine, Say: "weak", X: "LENOVO ThinkPad X250"}},
		{"no name", machineCheck(board.Board{Kind: board.Other, Model: "unknown"}, board.Sample{}, false), kiosk.Check{Topic: kiosk.CheckMachine, Good: true, Say: "unknown", X: "unknown"}},
		{"hot", machineCheck(pc, board.Sample{Celsius: degrees(90.6)}, false), kiosk.Check{Topic: kiosk.CheckMachine, Say: "hot", N: 91, X: "LENOVO ThinkPad X250"}},
		{"disk set aside", s.diskCheck(slot.Boot{Problems: []slot.Problem{slot.ProblemPermRepaired, slot.ProblemPermAside}}), kiosk.Check{Topic: kiosk.CheckDisk, Say: "aside"}},
		{"disk in memory", s.diskCheck(slot.Boot{Problems: []slot.Problem{slot.ProblemPermMemory}}), kiosk.Check{Topic: kiosk.CheckDisk, Say: "memory"}},
		{"somebody else's screen", displayCheck(t.TempDir(), false), kiosk.Check{Topic: kiosk.CheckDisplay, Good: true, Say: "good"}},
		{"no graphics chip", displayCheck(t.TempDir(), true), kiosk.Check{Topic: kiosk.CheckDisplay, Good: true, Say: "slow"}},
		{"no sound", soundCheck(t.TempDir()), kiosk.Check{Topic: kiosk.CheckSound, Say: "none"}},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: check = %+v; want %+v", tt.name, tt.got, tt.want)
		}
	}
	cards := t.TempDir()
	must(t, os.WriteFile(filepath.Join(cards, "pcmC0D0p"), nil, 0o600))
	if got := soundCheck(cards); !got.Good || got.Say != "card" {
		t.Errorf("soundCheck = %+v; want a card", got)
	}
}

// The whole station answers "Tout est prêt ?", and tells why there is no way
// out on its own page.
func TestReadyPage(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.publish(t, dir)
	must(t, os.MkdirAll(f.run, 0o700))
	must(t, os.WriteFile(filepath.Join(f.run, "firmware.json"), []byte(`{"missing":["rtl_nic/rtl8168g-3.fw"]}`), 0o600))
	must(t, os.WriteFile(filepath.Join(f.run, "network.json"), []byte(`{"reason":"no_cable"}`), 0o600))
	r := start(t, f)
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	wants(t, r.get("/mediateur/pret"), "Tout est prêt", "Le réseau est celui de cet ordinateur.", "rtl_nic/rtl8168g-3.fw", "Écran")
	wants(t, r.get("/mediateur/poste"), "Aucun câble n’est branché.")
}
