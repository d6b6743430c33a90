package redeem_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mallette-kit/mallette/device/redeem"
)

func TestTrayForgetsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tray redeem.Tray
		tray.Put("one")
		time.Sleep(redeem.TrayTime - time.Second)
		tray.Put("one")
		tray.Put("two")
		if got := tray.Waiting(); got != 2 {
			t.Errorf("Waiting = %d; want 2", got)
		}
		time.Sleep(redeem.TrayTime + time.Second)
		if got := tray.Take(); len(got) != 0 {
			t.Errorf("Take after %v = %d codes; want none", redeem.TrayTime, len(got))
		}
	})
}

func TestTrayTellsOfEveryShowing(t *testing.T) {
	var tray redeem.Tray
	before, changed := tray.Shown()
	tray.Put("one")
	<-changed
	tray.Put("one")
	if after, _ := tray.Shown(); after != before+2 {
		t.Errorf("Shown = %d; want %d", after, before+2)
	}
	if got := tray.Take(); !slices.Equal(got, []string{"one"}) || tray.Waiting() != 0 {
		t.Errorf("Take = %d codes, %d left; want 1, 0", len(got), tray.Waiting())
	}
}

func TestTrayIsBounded(t *testing.T) {
	var tray redeem.Tray
	for i := range 100 {
		tray.Put(string(rune('a' + i)))
	}
	if got := tray.Waiting(); got != 10 {
		t.Errorf("Waiting = %d; want 10", got)
	}
}
