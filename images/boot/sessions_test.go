package boot_test

import (
	"bytes"
	"context"
	"image"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/mallette-kit/mallette/images/boot"
)

// typed is what each person looks for; its letters are where a US keyboard has
// them too.
const typed = "chercheursecret"

// TestSessions has twenty people use one machine after the other: each begins,
// looks for something by keyboard and says that she is done. The next one finds
// the page that the first one found, and the disk holds nothing of any of them.
func TestSessions(t *testing.T) {
	long(t)
	ctx := within(t, 90)
	d := flashed(t, func(*disk) {})
	vm := on(ctx, t, boot.Machine{Dir: t.TempDir(), Disks: []boot.Disk{d}})
	shows(ctx, t, vm, boot.HomePage)
	first := settled(ctx, t, vm, boot.HomePage)
	for n := range 20 {
		begun := time.Now()
		goes(ctx, t, vm, times(top+1, "tab", "ret")...)   // "Commencer"
		goes(ctx, t, vm, times(top+1+7, "tab", "ret")...) // "Toutes les leçons"
		looksFor(ctx, t, vm)
		goes(ctx, t, vm, times(top+1, "tab", "ret")...) // "J'ai fini"
		awaitAlike(ctx, t, vm, first)
		t.Logf("person %d: %v", n+1, time.Since(begun).Round(time.Second))
	}
	vm.Close()
	edit(t, d, func(x *disk) { x.holdsNot(typed) })
}

// top is how many links and buttons every page begins with: to the content, home,
// three languages, the display. They are gone past one by one: whoever jumps to
// the content may press the next key before the browser has jumped.
const top = 6

// times is a key pressed n times, and the keys after it.
func times(n int, key string, then ...string) []string {
	return append(slices.Repeat([]string{key}, n), then...)
}

// goes presses keys and returns the page that came of the last one.
func goes(ctx context.Context, t *testing.T, vm *boot.VM, keys ...string) *image.RGBA {
	t.Helper()
	last := len(keys) - 1
	press(ctx, t, vm, keys[:last]...)
	before := look(ctx, t, vm) // to reach a link may have moved the page
	tap(ctx, t, vm, keys[last])
	return settled(ctx, t, vm, another(before))
}

// press presses keys one after the other, each when the one before has moved the
// ring that shows where the person is: a keyboard that nobody empties loses keys.
func press(ctx context.Context, t *testing.T, vm *boot.VM, keys ...string) {
	t.Helper()
	for _, key := range keys {
		before := look(ctx, t, vm)
		tap(ctx, t, vm, key)
		if !moved(ctx, t, vm, before) {
			t.Logf("%s moved nothing: pressed once more", key)
			tap(ctx, t, vm, key)
			moved(ctx, t, vm, before)
		}
	}
}

// tap presses a key, or several as in "shift-tab".
func tap(ctx context.Context, t *testing.T, vm *boot.VM, key string) {
	t.Helper()
	if err := vm.Tap(ctx, strings.Split(key, "-")...); err != nil {
		t.Fatal(err)
	}
}

func look(ctx context.Context, t *testing.T, vm *boot.VM) *image.RGBA {
	t.Helper()
	now, err := vm.Screen(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// moved waits for a screen that is another and stands still, and reports whether
// it came.
func moved(ctx context.Context, t *testing.T, vm *boot.VM, before *image.RGBA) bool {
	t.Helper()
	last, late := before, time.Now().Add(20*time.Second)
	if _, err := vm.WatchScreen(ctx, 500*time.Millisecond, func(now *image.RGBA) bool {
		still := alike(last, now)
		last = now
		return still && !alike(before, now) || time.Now().After(late)
	}); err != nil {
		t.Fatal(err)
	}
	return !alike(before, last)
}

// another is a page that has come in the place of one, with its letters: keys
// pressed before are for nobody.
func another(than *image.RGBA) func(*image.RGBA) bool {
	return func(now *image.RGBA) bool { return boot.Page(now) && !alike(than, now) }
}

// looksFor goes past "J'ai fini" and the way back to the field, and types.
func looksFor(ctx context.Context, t *testing.T, vm *boot.VM) {
	t.Helper()
	press(ctx, t, vm, times(top+3, "tab")...)
	writes(ctx, t, vm, typed)
	goes(ctx, t, vm, "ret")
}

// writes types a text into the field where the person is, and sees it there.
func writes(ctx context.Context, t *testing.T, vm *boot.VM, text string) {
	t.Helper()
	before := look(ctx, t, vm)
	if err := vm.Type(ctx, text); err != nil {
		t.Fatal(err)
	}
	settled(ctx, t, vm, func(now *image.RGBA) bool { return !alike(before, now) })
}

// awaitAlike waits for a fresh browser with the page that was there before.
func awaitAlike(ctx context.Context, t *testing.T, vm *boot.VM, first *image.RGBA) {
	t.Helper()
	settled(ctx, t, vm, func(now *image.RGBA) bool { return alike(first, now) })
}

// holdsNot reads the whole disk.
func (d *disk) holdsNot(word string) {
	d.t.Helper()
	var wide bytes.Buffer
	for _, u := range utf16.Encode([]rune(word)) {
		wide.Write([]byte{byte(u), byte(u >> 8)})
	}
	const step = 4 << 20
	block := make([]byte, step+wide.Len()) // a word may lie across two steps
	for at := int64(0); at < d.Size(); at += step {
		block = block[:min(int64(len(block)), d.Size()-at)]
		_, err := d.ReadAt(block, at)
		d.must(err)
		if bytes.Contains(block, []byte(word)) || bytes.Contains(block, wide.Bytes()) {
			d.t.Fatalf("the disk holds what somebody typed, near byte %d", at)
		}
	}
}
