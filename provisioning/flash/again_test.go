package flash_test

import (
	"testing"

	"github.com/mallette-kit/mallette/provisioning/flash"
)

func TestCompare(t *testing.T) {
	want := disk(imageSize)
	i := image(t, want)
	for _, c := range []struct {
		name string
		harm int // byte that differs; -1: none
		kind flash.Kind
	}{
		{"as written", -1, ""},
		{"its own identifiers", 600, ""},
		{"a flipped bit", 1<<20 + 5, flash.KindDiffers},
		{"a flipped bit at the end", imageSize - 1, flash.KindDiffers},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMedium(4 << 20)
			copy(m.bytes, want)
			if c.harm >= 0 {
				m.bytes[c.harm] ^= 1
			}
			err := flash.Compare(t.Context(), i, m, []flash.Range{{Off: 512, Len: 1024}}, func(flash.Progress) {})
			wantKinds(t, []error{err}, c.kind)
			if m.writes > 0 {
				t.Errorf("Compare wrote %d blocks", m.writes)
			}
		})
	}
}

func TestWipe(t *testing.T) {
	m := newMedium(9<<20 + 512)
	wantKinds(t, []error{flash.Wipe(t.Context(), m, func(flash.Progress) {})}, "")
	for i, b := range m.bytes {
		if b != 0 {
			t.Fatalf("byte %d = %d after Wipe; want 0", i, b)
		}
	}
}

func TestWipePulled(t *testing.T) {
	m := newMedium(9 << 20)
	m.left = 1000
	wantKinds(t, []error{flash.Wipe(t.Context(), m, func(flash.Progress) {})}, flash.KindPulled)
	m.plugIn()
	if begun, err := flash.Unfinished(m); !begun || err != nil {
		t.Errorf("Unfinished = %v, %v; want true", begun, err)
	}
}
