package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/voice"
)

// voiceSocket is where the program that has the userland's files speaks.
const voiceSocket = "voice.sock"

// voices is the userland's voice on an appliance, and this machine's off it.
type voices struct {
	far  voice.Remote
	here voice.Espeak
}

func (v voices) away() bool {
	_, err := os.Stat(v.far.Socket)
	return err == nil
}

// ready reports whether somebody would be heard.
func (v voices) ready() bool { return v.away() || v.here.Found() }

// Speak implements [voice.Voice].
func (v voices) Speak(ctx context.Context, lang, text string) (voice.Sound, error) {
	if v.away() {
		return v.far.Speak(ctx, lang, text)
	}
	return v.here.Speak(ctx, lang, text)
}

func (s *station) openAloud() {
	v := voices{far: voice.Remote{Socket: filepath.Join(s.p.flags.Run, voiceSocket)}}
	s.aloud = &kiosk.Aloud{Voice: v, Ready: v.ready}
}
