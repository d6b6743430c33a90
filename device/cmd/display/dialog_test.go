package main

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/screen"
)

// Whoever was helped on the web takes something home: the browser's own dialog
// offers the person's folder, and saves there, without a pointer.
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
		if err := xdo(pid, "key", "alt+s"); err != nil { // the underlined letter of "Save", which pages do not know
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
