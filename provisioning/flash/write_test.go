package flash_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"

	"github.com/mallette-kit/mallette/provisioning/flash"
)

const imageSize = 3<<20 + 4096

func TestWriteManyAtOnce(t *testing.T) {
	want := disk(12 << 20)
	i := image(t, want)
	var media []*medium
	var sticks []*flash.Stick
	for n := range 5 {
		m := newMedium(13<<20 + int64(n)*512)
		media, sticks = append(media, m), append(sticks, &flash.Stick{Target: m})
	}
	wantKinds(t, flash.Write(t.Context(), i, sticks), "", "", "", "", "")
	for _, m := range media {
		holds(t, m, want)
		if tail := m.bytes[len(m.bytes)-512:]; !bytes.Equal(tail, make([]byte, 512)) {
			t.Error("an old table is still at the disk's end")
		}
	}
}

// TestWriteOneOfThree: what happens to one stick is nothing to the others.
func TestWriteOneOfThree(t *testing.T) {
	want := disk(imageSize)
	for _, c := range []struct {
		name  string
		harm  func(*medium)
		kind  flash.Kind
		erase bool
	}{
		{"pulled", func(m *medium) { m.left = 700 }, flash.KindPulled, true},
		{"worn out", func(m *medium) { m.bad = 2<<20 + 8192 }, flash.KindMedium, true},
		{"smaller than it says", func(m *medium) { m.real = 1 << 20 }, flash.KindDiffers, true},
		{"too small", func(m *medium) { m.bytes = m.bytes[:imageSize-512] }, flash.KindSmall, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			media := []*medium{newMedium(5 << 20), newMedium(5 << 20), newMedium(5 << 20)}
			c.harm(media[1])
			errs := flash.Write(t.Context(), image(t, want), []*flash.Stick{{Target: media[0]}, {Target: media[1]}, {Target: media[2]}})
			wantKinds(t, errs, "", c.kind, "")
			holds(t, media[0], want)
			holds(t, media[2], want)
			if got := c.kind.Erased(); got != c.erase {
				t.Errorf("Erased = %v; want %v", got, c.erase)
			}
		})
	}
}

// TestPulledAnywhere pulls the stick before each block that is written. What
// is left is the old stick, or one that says it is not finished, or, after
// the very last block, the whole image; and writing again always works.
func TestPulledAnywhere(t *testing.T) {
	const size = 2<<20 + 64<<10
	before, want := newMedium(size), disk(2<<20)
	i := image(t, want)
	whole := newMedium(size)
	wantKinds(t, flash.Write(t.Context(), i, []*flash.Stick{{Target: whole}}), "")
	for n := range whole.writes {
		m := newMedium(size)
		m.left = n
		wantKinds(t, flash.Write(t.Context(), i, []*flash.Stick{{Target: m}}), flash.KindPulled)
		m.plugIn()
		begun, err := flash.Unfinished(m)
		if err != nil {
			t.Fatal(err)
		}
		if untouched := bytes.Equal(m.bytes, before.bytes); begun == untouched {
			t.Fatalf("pulled before block %d: Unfinished = %v, untouched = %v", n, begun, untouched)
		}
		if n%8 != 0 {
			continue // the same again
		}
		wantKinds(t, flash.Write(t.Context(), i, []*flash.Stick{{Target: m}}), "")
		if !bytes.Equal(m.bytes, whole.bytes) {
			t.Fatalf("pulled before block %d: written again, it differs", n)
		}
	}
}

// TestWriteEdits shows what the editor of a stick sees, and that its changes
// come before the disk is one.
func TestWriteEdits(t *testing.T) {
	want := disk(imageSize)
	m := newMedium(4<<20 + 512)
	edit := func(e flash.Editable) error {
		b := make([]byte, 8)
		if _, err := e.ReadAt(b, 512); err != nil || string(b) != "EFI PART" {
			t.Errorf("ReadAt(512) = %q, %v; want the image's table", b, err)
		}
		if begun, _ := flash.Unfinished(m); !begun {
			t.Error("the disk was one before it was edited")
		}
		for _, off := range []int64{100, flash.Head - 2, 2<<20 + 4094, e.Size() - 4} {
			if _, err := e.WriteAt([]byte("mine"), off); err != nil {
				t.Error(err)
			}
		}
		_, err := e.ReadAt(b, 2<<20+4092)
		if err != nil || string(b[2:6]) != "mine" {
			t.Errorf("ReadAt of what was written = %q, %v", b, err)
		}
		if _, err := e.WriteAt([]byte("more"), e.Size()-2); err == nil {
			t.Error("WriteAt behind the end = nil")
		}
		return nil
	}
	wantKinds(t, flash.Write(t.Context(), image(t, want), []*flash.Stick{{Target: m, Edit: edit}}), "")
	for _, off := range []int64{100, flash.Head - 2, 2<<20 + 4094} {
		copy(want[off:], "mine")
	}
	holds(t, m, want)
	if got := string(m.bytes[len(m.bytes)-4:]); got != "mimo" {
		t.Errorf("end of the disk = %q; want mimo", got)
	}
}

func TestWriteEditRefused(t *testing.T) {
	m := newMedium(4 << 20)
	no := errors.New("no")
	errs := flash.Write(t.Context(), image(t, disk(imageSize)), []*flash.Stick{{Target: m, Edit: func(flash.Editable) error { return no }}})
	wantKinds(t, errs, flash.KindFailed)
	if begun, _ := flash.Unfinished(m); !begun || !errors.Is(errs[0], no) {
		t.Errorf("Unfinished = %v, error %v; want true, and the editor's error", begun, errs[0])
	}
}

// TestWriteImageChanged: the file was right when it was opened.
func TestWriteImageChanged(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(t *testing.T, path string)
	}{
		{"another image", func(t *testing.T, path string) { pack(t, path, make([]byte, imageSize)) }},
		{"cut short", func(t *testing.T, path string) {
			if err := os.Truncate(path, 1000); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			i, m := image(t, disk(imageSize)), newMedium(4<<20)
			c.harm(t, i.Path)
			wantKinds(t, flash.Write(t.Context(), i, []*flash.Stick{{Target: m}}), flash.KindDamaged)
			if begun, _ := flash.Unfinished(m); !begun {
				t.Error("Unfinished = false; want true")
			}
		})
	}
}

func TestWriteInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := newMedium(4 << 20)
	errs := flash.Write(ctx, image(t, disk(imageSize)), []*flash.Stick{{Target: m, Tell: func(p flash.Progress) {
		if p.Phase == flash.PhaseCheck {
			cancel()
		}
	}}})
	if begun, _ := flash.Unfinished(m); !errors.Is(errs[0], context.Canceled) || !begun {
		t.Errorf("Write = %v, Unfinished = %v; want context canceled, true", errs[0], begun)
	}
}

// TestWriteStuck: one stick never answers, the other one is ready.
func TestWriteStuck(t *testing.T) {
	i := image(t, disk(imageSize))
	synctest.Test(t, func(t *testing.T) {
		good, stuck := newMedium(4<<20), newMedium(4<<20)
		stuck.hang = make(chan struct{})
		wantKinds(t, flash.Write(t.Context(), i, []*flash.Stick{{Target: stuck}, {Target: good}}), flash.KindStuck, "")
		close(stuck.hang)
		synctest.Wait()
	})
}

func TestProgress(t *testing.T) {
	var phases []flash.Phase
	var last flash.Progress
	m := newMedium(4 << 20)
	flash.Write(t.Context(), image(t, disk(imageSize)), []*flash.Stick{{Target: m, Tell: func(p flash.Progress) {
		if p.Phase != last.Phase {
			phases = append(phases, p.Phase)
		} else if p.Done < last.Done {
			t.Errorf("progress %v after %v", p, last)
		}
		last = p
	}}})
	want := flash.Progress{Phase: flash.PhaseFinish, Done: imageSize, Total: imageSize}
	if len(phases) != 4 || last != want {
		t.Errorf("phases %v, last %v; want four, %v", phases, last, want)
	}
}
