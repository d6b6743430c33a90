package main

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/mallette-kit/mallette/device/practice"
	"github.com/mallette-kit/mallette/device/screen"
)

// TestPolicyLeavesThePagesOnly: the kiosk's loopback also has the browser's own
// door, through which tabs closes pages; nobody gets there by an address.
func TestPolicyLeavesThePagesOnly(t *testing.T) {
	for world, want := range map[screen.World][]string{screen.Kiosk: {pagesAddress, practice.Domain + ":8080"}, screen.Help: {pagesAddress, "about:blank"}} {
		text, err := policyOf(world)
		if err != nil {
			t.Fatal(err)
		}
		var p struct{ URLAllowlist, URLBlocklist []string }
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.URLAllowlist, want) || world == screen.Kiosk && !slices.Contains(p.URLBlocklist, "*") {
			t.Errorf("policy of %s allows %q and blocks %q; want %q", world, p.URLAllowlist, p.URLBlocklist, want)
		}
	}
}
