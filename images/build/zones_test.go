package build_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A station whose root lacks the civil time of its place would refuse what its
// fleet wants of it.
func TestZonesOfFrance(t *testing.T) {
	tree := t.TempDir()
	if err := builder().Zones(t.Context(), tree); err != nil {
		t.Fatal(err)
	}
	for _, zone := range []string{"Europe/Paris", "America/Guadeloupe", "America/Martinique", "America/Cayenne", "Indian/Reunion", "Indian/Mayotte",
		"Pacific/Noumea", "Pacific/Tahiti", "America/Miquelon", "UTC"} {
		content, err := os.ReadFile(filepath.Join(tree, "usr", "share", "zoneinfo", zone))
		if err == nil {
			_, err = time.LoadLocationFromTZData(zone, content)
		}
		if err != nil {
			t.Errorf("zone %s: %v", zone, err)
		}
	}
}
