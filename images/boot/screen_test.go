package boot

import (
	"image/color"
	"strings"
	"testing"
)

func TestReadPPM(t *testing.T) {
	m, err := readPPM(strings.NewReader("P6\n2 1\n255\n\x01\x02\x03\n\xff\x00"))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.RGBAAt(0, 0); got != (color.RGBA{1, 2, 3, 255}) {
		t.Errorf("first point is %v", got)
	}
	if got := m.RGBAAt(1, 0); got != (color.RGBA{'\n', 255, 0, 255}) {
		t.Errorf("second point is %v", got)
	}
	for _, bad := range []string{"", "P6\n", "P5\n1 1\n255\n\x00", "P6\n1 1\n65535\n\x00\x00\x00\x00\x00\x00", "P6\n0 9\n255\n", "P6\n99999 99999\n255\n", "P6\n2 1\n255\n\x01\x02\x03"} {
		if _, err := readPPM(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
