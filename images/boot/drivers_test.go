package boot_test

import (
	"fmt"
	"testing"
)

// picture is a frame of the virtual camera: bars of white, yellow, cyan, green,
// magenta, red, blue and black.
const picture = `witness: frame 1280x720 bars \[(.*)\]`

// TestCamera lets the passreader's way to cameras meet the kernel's virtual one,
// on the image's kernel and modules: frames of the size and format that were
// asked for, with the driver's test picture on them; a camera that is pulled
// while it films is told and found again.
func TestCamera(t *testing.T) {
	long(t)
	ctx := within(t, 6)
	vm := bare(t).start(ctx, "camera", "vivid")
	started := `camera started.* node=video\d format="GREY 1280x720"`
	lines := []string{started, picture}
	for range 2 {
		lines = append(lines, `camera stopped.* node=video\d err=".*no such device"`, started, picture)
	}
	for _, said := range says(ctx, t, vm, lines...) {
		if len(said) == 2 && !falling(said[1]) {
			t.Errorf("levels of the bars = %s; want each darker than the one before", said[1])
		}
	}
}

// falling reports whether eight levels are each below the one before.
func falling(levels string) bool {
	var v [8]int
	n, err := fmt.Sscan(levels, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7])
	for i := range v[1:] {
		if v[i+1] >= v[i] {
			return false
		}
	}
	return n == len(v) && err == nil
}
