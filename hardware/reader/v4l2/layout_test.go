package v4l2_test

import (
	"testing"

	"github.com/mallette-kit/mallette/hardware/reader/v4l2"
)

// The figures were printed by a C program including <linux/videodev2.h>
// (kernel 6.1 headers) on amd64; arm64 has the same data model (LP64).
func TestLayoutIsTheKernels(t *testing.T) {
	for _, f := range v4l2.Layout() {
		if f.Got != f.Want {
			t.Errorf("%s = %d; want %d", f.Name, f.Got, f.Want)
		}
	}
}
