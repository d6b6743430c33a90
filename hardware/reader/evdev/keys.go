package evdev

// Key codes of <linux/input-event-codes.h> that are not in the rows below.
const (
	keyEnter      = 28
	keyTab        = 15
	keyKPEnter    = 96
	keyLeftCtrl   = 29
	keyRightCtrl  = 97
	keyLeftShift  = 42
	keyRightShift = 54
	keyLeftAlt    = 56
	keyRightAlt   = 100
	keyJ          = 36
	keyM          = 50
)

// row is a run of neighbouring key codes on a US keyboard.
type row struct {
	first          uint16
	plain, shifted string
}

// rows returns the printable keys of a US keyboard; the keypad's are the same
// with and without shift.
func rows() []row {
	return []row{
		{2, "1234567890-=", "!@#$%^&*()_+"},
		{16, "qwertyuiop[]", "QWERTYUIOP{}"},
		{30, "asdfghjkl;'`", `ASDFGHJKL:"~`},
		{43, `\zxcvbnm,./`, "|ZXCVBNM<>?"},
		{55, "*", "*"},
		{57, " ", " "},
		{71, "789-456+1230.", "789-456+1230."},
		{98, "/", "/"},
	}
}

// char returns the character of a key, or 0 when it types none.
func char(code uint16, shift bool) byte {
	for _, r := range rows() {
		i := int(code) - int(r.first)
		if i < 0 || i >= len(r.plain) {
			continue
		}
		if shift {
			return r.shifted[i]
		}
		return r.plain[i]
	}
	return 0
}

// ends reports whether a key ends a code.
func ends(code uint16) bool {
	return code == keyEnter || code == keyKPEnter || code == keyTab
}
