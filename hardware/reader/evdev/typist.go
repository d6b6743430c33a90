package evdev

import (
	"time"

	"github.com/mallette-kit/mallette/hardware/reader"
)

// pauseMax is the longest gap between two keystrokes of one code. Scanners
// take 1 to 20 ms, the slowest Bluetooth ones up to 100 ms.
const pauseMax = 500 * time.Millisecond

// typist turns key events into the text they type on a US keyboard. A code is
// given when Enter or Tab ends it; one that is interrupted, too long, or of
// which the kernel has dropped a part is never given.
type typist struct {
	text  []byte
	last  time.Duration
	shift [2]bool
	ctrl  [2]bool
	alt   [2]bool
	octet int  // the code being typed by Alt and the keypad, plus one; 0: none
	spoil bool // the text is not to be given
}

// press takes the next event and returns the text that it completes, or "".
func (t *typist) press(e event) string {
	switch {
	case e.kind == evSyn && e.code == synDropped:
		*t = typist{spoil: true, last: e.at}
		return ""
	case e.kind != evKey:
		return ""
	}
	t.hurry(e.at)
	if t.modifier(e.code, e.value != released) || e.value != pressed {
		return ""
	}
	return t.key(e.code)
}

// hurry begins anew after a pause.
func (t *typist) hurry(at time.Duration) {
	if at < t.last || at-t.last > pauseMax {
		t.text, t.spoil, t.octet = t.text[:0], false, 0
	}
	t.last = at
}

// modifier reports whether code is a modifier, and remembers it.
func (t *typist) modifier(code uint16, down bool) bool {
	switch code {
	case keyLeftShift, keyRightShift:
		t.shift[side(code == keyRightShift)] = down
	case keyLeftCtrl, keyRightCtrl:
		t.ctrl[side(code == keyRightCtrl)] = down
	case keyLeftAlt, keyRightAlt:
		t.alt[side(code == keyRightAlt)] = down
		t.typeOctet()
	default:
		return false
	}
	return true
}

func side(right bool) int {
	if right {
		return 1
	}
	return 0
}

func either(held [2]bool) bool { return held[0] || held[1] }

// key takes the press of a key that is no modifier.
func (t *typist) key(code uint16) string {
	switch {
	case ends(code) || either(t.ctrl) && (code == keyJ || code == keyM):
		return t.end()
	case either(t.alt):
		t.keypad(code)
	case either(t.ctrl):
		// Control characters between fields: not part of any code of ours.
	default:
		t.add(char(code, either(t.shift)))
	}
	return ""
}

// keypad takes a digit of Alt+0NNN, the way in which scanners set to be
// independent of the layout type every character.
func (t *typist) keypad(code uint16) {
	digit := char(code, false)
	if digit < '0' || digit > '9' || t.octet > 256 {
		t.spoil = true
		return
	}
	t.octet = max(t.octet-1, 0)*10 + int(digit-'0') + 1
}

func (t *typist) typeOctet() {
	if t.octet > 0 && !either(t.alt) {
		t.add(byte(min(t.octet-1, 255)))
		t.octet = 0
	}
}

func (t *typist) add(c byte) {
	switch {
	case c == 0:
	case len(t.text) == reader.MaxText:
		t.spoil = true
	default:
		t.text = append(t.text, c)
	}
}

// end gives the text that was typed, unless it is empty or spoilt.
func (t *typist) end() string {
	text, spoilt := string(t.text), t.spoil
	t.text, t.spoil, t.octet = t.text[:0], false, 0
	if spoilt || !reader.Printable(text) {
		return ""
	}
	return text
}
