package health_test

import (
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/device/health"
	"github.com/mallette-kit/mallette/device/network"
)

func TestNetworkAsGoodAsBefore(t *testing.T) {
	cable := func(carrier, leased bool) network.Line {
		return network.Line{Name: "e", Kind: network.Wired, Carrier: carrier, Leased: leased}
	}
	radio := network.Line{Name: "w", Kind: network.WiFi}
	phone := network.Line{Name: "u", Kind: network.Tether, Carrier: true, Leased: true}
	tests := []struct {
		name        string
		before, now []network.Line
		want        bool
	}{
		{"nothing before", nil, nil, true},
		{"the same", []network.Line{cable(true, true), radio}, []network.Line{cable(true, true), radio}, true},
		{"the cable is out", []network.Line{cable(true, true)}, []network.Line{cable(false, false)}, true},
		{"no address on the cable", []network.Line{cable(true, true)}, []network.Line{cable(true, false)}, false},
		{"no address then either", []network.Line{cable(true, false)}, []network.Line{cable(true, false)}, true},
		{"no driver for the radio", []network.Line{cable(true, true), radio}, []network.Line{cable(true, true)}, false},
		{"the telephone is gone", []network.Line{phone, radio}, []network.Line{radio}, true},
		{"the network program is dead", []network.Line{radio}, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			was, is := t.TempDir(), t.TempDir()
			for dir, lines := range map[string][]network.Line{was: tt.before, is: tt.now} {
				if lines == nil {
					continue
				}
				if err := network.Write(dir, network.State{Lines: lines}); err != nil {
					t.Fatal(err)
				}
			}
			if got := health.Network(is, health.Lines(was)).Met(t.Context()); got != tt.want {
				t.Errorf("Network(%v).Met = %v; want %v", health.Lines(was), got, tt.want)
			}
		})
	}
	if got := health.Lines(t.TempDir()); !slices.Equal(got, nil) {
		t.Errorf("Lines without a network program = %v; want none", got)
	}
}
