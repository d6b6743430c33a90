package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/voice"
)

// dub gives the film of a lesson the sound of its captions in another language:
// video.en.vtt is spoken, each sentence where it stands or when the one before
// is over, and becomes what was heard when.
func dub(ctx context.Context, v voice.Voice, lesson, lang string) error {
	dir := filepath.Join(lessonsDir, lesson)
	words := filepath.Join(dir, "video."+lang+".vtt")
	raw, err := os.ReadFile(words)
	if err != nil {
		return err
	}
	lines, err := captioned(raw)
	if err != nil {
		return fmt.Errorf("read %s: %w", words, err)
	}
	f := &film{studio: &studio{}, ctx: ctx}
	for i := range lines {
		said, err := v.Speak(ctx, lang, lines[i].text)
		if err != nil {
			return err
		}
		f.rate = int(binary.LittleEndian.Uint32(said.WAV[28:]))
		f.silence(lines[i].from)
		lines[i].from = max(lines[i].from, f.heard())
		f.sound = append(f.sound, said.WAV[44:]...)
		lines[i].to = max(lines[i].to, f.heard())
		if i+1 < len(lines) {
			lines[i].to = max(f.heard(), min(lines[i].to, lines[i+1].from))
		}
	}
	if err := mux(ctx, dir, lang, f); err != nil {
		return err
	}
	return os.WriteFile(words, captions(lines), 0o644)
}

// heard is how long the sound is.
func (f *film) heard() time.Duration {
	return time.Duration(len(f.sound)) * time.Second / time.Duration(f.rate)
}

// mux puts the sound to the pictures, which stay as they are. The last picture
// stays while somebody still speaks.
func mux(ctx context.Context, dir, lang string, f *film) error {
	sound, err := os.CreateTemp("", "clips-*.pcm")
	if err != nil {
		return err
	}
	defer os.Remove(sound.Name())
	_, err = sound.Write(f.sound)
	if err := errors.Join(err, sound.Close()); err != nil {
		return err
	}
	out := filepath.Join(dir, "video."+lang+".webm")
	cmd := exec.CommandContext(ctx, "ffmpeg", "-loglevel", "error", "-y", "-i", filepath.Join(dir, "video.webm"),
		"-f", "s16le", "-ar", fmt.Sprint(f.rate/2), "-ac", "1", "-i", sound.Name(), "-map", "0:v", "-map", "1:a",
		"-c:v", "copy", "-c:a", "libopus", "-b:a", "20k", "-fflags", "+bitexact", "-map_metadata", "-1", out)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ffmpeg: %w: %s", err, said)
	}
	info, err := os.Stat(out)
	if err != nil {
		return err
	}
	fmt.Printf("%s  %s  %.0f s  %d kB\n", filepath.Base(dir), lang, f.heard().Seconds(), info.Size()/1000)
	return nil
}

// captioned are the sentences of captions.
func captioned(raw []byte) (lines []line, err error) {
	cues, broken := check.ParseCaptions(raw)
	if broken > 0 || len(cues) == 0 {
		return nil, fmt.Errorf("no caption in line %d", broken)
	}
	for _, c := range cues {
		lines = append(lines, line{text: c.Text, from: c.From, to: c.To})
	}
	return lines, nil
}
