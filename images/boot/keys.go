package boot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// held is how long a scanner holds a key and waits for the next one. QEMU's USB
// keyboard keeps sixteen events for a machine that is slow to ask.
const held = 30 * time.Millisecond

// Type presses the keys of a US keyboard that give the text, as a hand scanner
// does; a line feed is Enter.
func (vm *VM) Type(ctx context.Context, text string) error {
	for _, r := range text {
		keys, ok := keysOf(r)
		if !ok {
			return fmt.Errorf("no key for a character of %d characters", len(text))
		}
		if err := vm.Tap(ctx, keys...); err != nil {
			return err
		}
	}
	return nil
}

// Tap presses keys together and releases them, named as QEMU does: "ctrl",
// "alt", "f4", "ret". It takes the time that a hand takes. With several keyboards
// it is the one plugged last.
func (vm *VM) Tap(ctx context.Context, keys ...string) error {
	return errors.Join(vm.move(ctx, keys, true), vm.move(ctx, keys, false))
}

// move presses or releases keys, and waits.
func (vm *VM) move(ctx context.Context, keys []string, down bool) error {
	var events []map[string]any
	for _, k := range keys {
		key := map[string]string{"type": "qcode", "data": k}
		events = append(events, map[string]any{"type": "key", "data": map[string]any{"down": down, "key": key}})
	}
	if _, err := vm.qmp.do(ctx, "input-send-event", map[string]any{"events": events}); err != nil {
		return err
	}
	select {
	case <-time.After(held):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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
