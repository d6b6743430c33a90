package voice_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/mallette-kit/mallette/device/voice"
	"github.com/mallette-kit/mallette/hardware/needs"
)

const sentence = "Prenez la souris dans la main, puis bougez-la doucement : la flèche bouge aussi."

// espeak is the real voice; a machine without it fails under CI.
func espeak(tb testing.TB) voice.Espeak {
	tb.Helper()
	var e voice.Espeak
	if !e.Found() {
		needs.Missing(tb, "espeak-ng is not installed")
	}
	return e
}

func TestASentenceIsHeardWordByWord(t *testing.T) {
	for lang, text := range map[string]string{"fr": sentence, "en": "Take the mouse in your hand, then move it.", "ar": "مرحبا بك في هذا الجهاز.", "fr-FR": "Bonjour à tous 🙂 les amis."} {
		t.Run(lang, func(t *testing.T) {
			sound, err := espeak(t).Speak(t.Context(), lang, text)
			if err != nil {
				t.Fatalf("Speak(%s) = %v", lang, err)
			}
			if n := len(sound.WAV); n < 20_000 || int(binary.LittleEndian.Uint32(sound.WAV[4:])) != n-8 || int(binary.LittleEndian.Uint32(sound.WAV[40:])) != n-44 {
				t.Errorf("WAV of %d bytes has wrong lengths", n)
			}
			follows(t, text, sound)
		})
	}
}

// follows checks that the words are those of the text, in order and in time.
func follows(t *testing.T, text string, sound voice.Sound) {
	t.Helper()
	units := utf16.Encode([]rune(text))
	var words []string
	last := int64(-1)
	for _, w := range sound.Words {
		words = append(words, string(utf16.Decode(units[w.Start:w.End])))
		if w.At <= last {
			t.Errorf("word %q at %d ms comes after one at %d", words[len(words)-1], w.At, last)
		}
		last = w.At
	}
	for _, w := range words {
		if strings.ContainsAny(w, " .,:🙂") {
			t.Errorf("word %q has a mark in it", w)
		}
	}
	length := int64(len(sound.WAV)-44) * 1000 / 44100
	if len(words) < 4 || sound.Words[0].At != 0 || last >= length {
		t.Errorf("%d words, the last at %d ms of %d; want all of them within", len(words), last, length)
	}
}

func TestWhatCannotBeSaid(t *testing.T) {
	e := espeak(t)
	tests := []struct {
		name, lang, text string
		want             error
	}{
		{"unknown language", "tlh", "nuqneH", voice.ErrLanguage},
		{"nothing", "fr", "", voice.ErrText},
		{"a book", "fr", strings.Repeat("a", voice.MaxText+1), voice.ErrText},
		{"not text", "fr", "\xff\xfe", voice.ErrText},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := e.Speak(t.Context(), tt.lang, tt.text); !errors.Is(err, tt.want) {
				t.Errorf("Speak = %v; want %v", err, tt.want)
			}
		})
	}
	_, err := voice.Espeak{Root: t.TempDir()}.Speak(t.Context(), "fr", "un secret")
	if !errors.Is(err, voice.ErrSilent) || strings.Contains(err.Error(), "secret") {
		t.Errorf("Speak without espeak-ng = %v; want ErrSilent without the sentence", err)
	}
}

// Text that looks like an option or like markup is only text.
func TestTextIsOnlyText(t *testing.T) {
	e := espeak(t)
	for _, text := range []string{"--help et puis voilà", "<speak><audio src='/etc/passwd'/></speak> bonjour", "-w /tmp/x bonjour"} {
		if sound, err := e.Speak(t.Context(), "fr", text); err != nil || len(sound.WAV) < 1000 {
			t.Errorf("Speak(%q) = %d bytes, %v; want it spoken", text, len(sound.WAV), err)
		}
	}
}

// counting is a voice that counts what it says.
type counting struct {
	mu   sync.Mutex
	said map[string]int
	hold chan struct{}
	fail error
}

func (c *counting) Speak(_ context.Context, lang, text string) (voice.Sound, error) {
	if c.hold != nil {
		<-c.hold
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said[lang+" "+text]++
	return voice.Sound{WAV: make([]byte, 1000)}, c.fail
}

func TestASentenceIsSpokenOnce(t *testing.T) {
	v := &counting{said: map[string]int{}, hold: make(chan struct{})}
	c := &voice.Cache{Voice: v}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if s, err := c.Speak(t.Context(), "fr", "bonjour"); err != nil || len(s.WAV) != 1000 {
				t.Errorf("Speak = %d bytes, %v", len(s.WAV), err)
			}
		})
	}
	close(v.hold)
	all.Wait()
	_, _ = c.Speak(t.Context(), "en", "bonjour")
	if v.said["fr bonjour"] != 1 || v.said["en bonjour"] != 1 {
		t.Errorf("said %v; want each once", v.said)
	}
	c.Forget()
	_, _ = c.Speak(t.Context(), "fr", "bonjour")
	if v.said["fr bonjour"] != 2 {
		t.Errorf("said %v after the end of the session; want it said again", v.said)
	}
}

func TestTheCacheIsBoundedAndKeepsNoFailure(t *testing.T) {
	v := &counting{said: map[string]int{}}
	c := &voice.Cache{Voice: v, Max: 2500}
	for _, text := range []string{"un", "deux", "un", "trois", "un", "deux"} {
		_, _ = c.Speak(t.Context(), "fr", text)
	}
	if v.said["fr un"] != 1 || v.said["fr deux"] != 2 {
		t.Errorf("said %v; want the one that is used kept, the other let go", v.said)
	}
	v.fail = voice.ErrSilent
	for range 2 {
		if _, err := c.Speak(t.Context(), "fr", "panne"); !errors.Is(err, voice.ErrSilent) {
			t.Errorf("Speak = %v; want ErrSilent", err)
		}
	}
	if v.said["fr panne"] != 2 {
		t.Errorf("said %v; want a failure tried again", v.said)
	}
}

// A system that is mounted somewhere speaks as well as this one.
func TestAVoiceOfAnotherSystem(t *testing.T) {
	espeak(t)
	e := voice.Espeak{Root: "/."}
	needs.Root(t, "nobody else may change the root of a program")
	sound, err := e.Speak(t.Context(), "fr", sentence)
	if err != nil || !e.Found() {
		t.Fatalf("Speak = %v, found %v", err, e.Found())
	}
	follows(t, sentence, sound)
}

// BenchmarkFirstAudio is how long a person waits for the first sentence: the
// slowest but one of twenty, and the voice's processor time.
func BenchmarkFirstAudio(b *testing.B) {
	e := espeak(b)
	var waits []time.Duration
	for b.Loop() {
		for i := range 20 {
			began := time.Now()
			if _, err := e.Speak(b.Context(), "fr", fmt.Sprintf("%d. %s", i, sentence)); err != nil {
				b.Fatal(err)
			}
			waits = append(waits, time.Since(began))
		}
	}
	slices.Sort(waits)
	wait := waits[len(waits)*19/20-1].Seconds() * 1000
	fmt.Printf("\nfirst_audio_p95 %.4g ms - -\n", wait)
}
