package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// A pack that is not shown is told to the mediator, by its file's name.
func TestRefusedPacksAreTold(t *testing.T) {
	dir := t.TempDir()
	f := newFleet(t, dir, nil)
	f.publish(t, dir)
	lessons := filepath.Join(f.data, lessonsDir)
	must(t, os.MkdirAll(lessons, 0o700))
	for i := range 7 {
		must(t, os.WriteFile(filepath.Join(lessons, fmt.Sprintf("atelier-%d.zip", i)), []byte("no zip"), 0o600))
	}
	r := start(t, f)
	r.post("/mediateur/ouvrir", url.Values{"code": {pin}})
	wants(t, r.get("/mediateur/poste"), "« atelier-0.zip »", "« atelier-4.zip »", "Et 2 autres leçons")
}
