package kiosk

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/mallette-kit/mallette/device/voice"
)

// Aloud lets pages be heard. The script of a page asks for one sentence after
// the other; what was said is kept until [Aloud.Forget].
type Aloud struct {
	Voice voice.Voice
	Ready func() bool // there is a voice now

	cache voice.Cache
}

func (a *Aloud) ready() bool { return a != nil && a.Ready() }

// Mount implements [Part]: the welcome page can be heard too, so that somebody
// who reads nothing can begin.
func (a *Aloud) Mount(s *Server) {
	s.aloud, a.cache.Voice = a, a.Voice
	s.Handle("GET /voix", a.sound)
	s.Handle("GET /voix/mots", a.words)
}

// spoken is what the voice answers, where there is one.
func (s *Server) spoken(what func(*Aloud, http.ResponseWriter, *http.Request) error) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if s.aloud == nil {
			return ErrNotFound
		}
		return what(s.aloud, w, r)
	}
}

// Forget drops what was said. The end of a session calls it.
func (a *Aloud) Forget() { a.cache.Forget() }

// sound is a sentence, spoken.
func (a *Aloud) sound(w http.ResponseWriter, r *http.Request) error {
	said, err := a.say(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "audio/wav")
	_, _ = w.Write(said.WAV) // the page may have gone on
	return nil
}

// words is when each word of a sentence is spoken.
func (a *Aloud) words(w http.ResponseWriter, r *http.Request) error {
	said, err := a.say(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(said.Words)
	return nil
}

func (a *Aloud) say(r *http.Request) (voice.Sound, error) {
	q := r.URL.Query()
	said, err := a.cache.Speak(r.Context(), q.Get("langue"), q.Get("texte"))
	if errors.Is(err, voice.ErrLanguage) || errors.Is(err, voice.ErrText) || errors.Is(err, voice.ErrSilent) {
		return said, ErrNotFound
	}
	return said, err
}
