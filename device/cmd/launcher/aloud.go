package main

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/voice"
)

// voices speaks with the espeak-ng of the userland that display has mounted,
// which may change between two sessions; off an appliance, with this machine's.
type voices struct {
	userland string

	mu    sync.Mutex
	found bool
	until time.Time // found is believed
}

// foundFor is how long a voice that was found, or was not, is believed.
const foundFor = 2 * time.Second

func (v *voices) find() voice.Espeak {
	roots, _ := filepath.Glob(filepath.Join(v.userland, "*")) // the pattern is ours
	for _, root := range roots {
		if e := (voice.Espeak{Root: root}); e.Found() {
			return e
		}
	}
	return voice.Espeak{}
}

// ready reports whether somebody would be heard. Every page asks: what was
// found is believed for a while.
func (v *voices) ready() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if now := time.Now(); now.After(v.until) {
		v.found, v.until = v.find().Found(), now.Add(foundFor)
	}
	return v.found
}

// Speak implements [voice.Voice].
func (v *voices) Speak(ctx context.Context, lang, text string) (voice.Sound, error) {
	return v.find().Speak(ctx, lang, text)
}

func (s *station) openAloud() {
	v := &voices{userland: filepath.Join(s.p.flags.Run, "userland")}
	s.aloud = &kiosk.Aloud{Voice: v, Ready: v.ready}
}
