package boot

import (
	"context"
	"fmt"
	"strings"
)

// Press presses keys together and releases them, named as QEMU does: "ctrl",
// "alt", "f4", "ret". With several keyboards it is the one plugged last.
func (vm *VM) Press(ctx context.Context, keys ...string) error {
	list := make([]map[string]string, len(keys))
	for i, k := range keys {
		list[i] = map[string]string{"type": "qcode", "data": k}
	}
	_, err := vm.qmp.do(ctx, "send-key", map[string]any{"keys": list, "hold-time": 20})
	return err
}

// Type presses the keys of a US keyboard that give the text, as a hand scanner
// does; a line feed is Enter.
func (vm *VM) Type(ctx context.Context, text string) error {
	for _, r := range text {
		keys, ok := keysOf(r)
		if !ok {
			return fmt.Errorf("no key for a character of %d characters", len(text))
		}
		if err := vm.Press(ctx, keys...); err != nil {
			return err
		}
	}
	return nil
}

// plain and shifted pair characters of the US layout with the names of keys.
const (
	plain   = "-=[];'\\,./` \n"
	shifted = "_+{}:\"|<>?~"
)

func marks() []string {
	return []string{"minus", "equal", "bracket_left", "bracket_right", "semicolon", "apostrophe", "backslash", "comma", "dot", "slash", "grave_accent", "spc", "ret"}
}

func keysOf(r rune) ([]string, bool) {
	switch {
	case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		return []string{string(r)}, true
	case r >= 'A' && r <= 'Z':
		return []string{"shift", strings.ToLower(string(r))}, true
	}
	if i := strings.IndexRune(plain, r); i >= 0 {
		return []string{marks()[i]}, true
	}
	if i := strings.IndexRune(shifted, r); i >= 0 {
		return []string{"shift", marks()[i]}, true
	}
	if i := strings.IndexRune(")!@#$%^&*(", r); i >= 0 {
		return []string{"shift", string(rune('0' + i))}, true
	}
	return nil, false
}
