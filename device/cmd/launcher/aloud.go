package main

import (
	"context"
	"path/filepath"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/voice"
)

// voices speaks with the espeak-ng of the userland that display has mounted,
// which may change between two sessions; off an appliance, with this machine's.
type voices struct{ userland string }

func (v voices) find() voice.Espeak {
	roots, _ := filepath.Glob(filepath.Join(v.userland, "*")) // the pattern is ours
	for _, root := range roots {
		if e := (voice.Espeak{Root: root}); e.Found() {
			return e
		}
	}
	return voice.Espeak{}
}

// ready reports whether somebody would be heard.
func (v voices) ready() bool { return v.find().Found() }

// Speak implements [voice.Voice].
func (v voices) Speak(ctx context.Context, lang, text string) (voice.Sound, error) {
	return v.find().Speak(ctx, lang, text)
}

func (s *station) openAloud() {
	v := voices{filepath.Join(s.p.flags.Run, "userland")}
	s.aloud = &kiosk.Aloud{Voice: v, Ready: v.ready}
}
