package main

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/screen"
)

// Whoever was helped on the web takes something home: the browser's own dialog
// offers the person's folder, and saves there.
func TestAPageIsSavedByTheBrowsersDialog(t *testing.T) {
	r := keyed(t)
	r.painted()
	r.order(screen.Order{Want: screen.WantHelp})
	r.painted()
	pid := r.first()
	if err := xdo(pid, "key", "ctrl+s"); err != nil {
		t.Fatal(err)
	}
	look, late := time.NewTicker(500*time.Millisecond), time.After(time.Minute)
	defer look.Stop()
	for {
		if err := xdo(pid, "mousemove", "978", "22", "click", "1"); err != nil { // "Enregistrer", at the top of the dialog
			t.Fatal(err)
		}
		saved, err := filepath.Glob(fmt.Sprintf("/proc/%d/root%s/*.html", pid, homeFolder(downloads)))
		if err != nil {
			t.Fatal(err)
		}
		if len(saved) == 1 {
			return
		}
		select {
		case <-look.C:
		case <-late:
			t.Fatal("the page was not saved")
		}
	}
}
