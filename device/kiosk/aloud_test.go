package kiosk_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/voice"
)

// parrot is a voice that counts what it is asked for.
type parrot struct{ said []string }

func (p *parrot) Speak(_ context.Context, lang, text string) (voice.Sound, error) {
	if lang == "tlh" {
		return voice.Sound{}, voice.ErrLanguage
	}
	p.said = append(p.said, lang+":"+text)
	return voice.Sound{WAV: []byte("RIFF"), Words: []voice.Word{{Start: 0, End: 7, At: 0}}}, nil
}

func TestPagesCanBeHeard(t *testing.T) {
	p, ready := &parrot{}, true
	part := &kiosk.Aloud{Voice: p, Ready: func() bool { return ready }}
	st := newStation(t, part)
	if _, page := st.get("/"); !strings.Contains(page, "<kbd>F2</kbd> pour écouter cette page") {
		t.Errorf("the first screen does not say how to hear it:\n%s", page)
	}
	q := "?" + url.Values{"langue": {"fr"}, "texte": {"Bonjour."}}.Encode()
	if code, words := st.get("/voix/mots" + q); code != http.StatusOK || words != `[{"start":0,"end":7,"at":0}]`+"\n" {
		t.Errorf("GET /voix/mots = %d %q; want the words", code, words)
	}
	if code, sound := st.get("/voix" + q); code != http.StatusOK || sound != "RIFF" || len(p.said) != 1 {
		t.Errorf("GET /voix = %d %q, said %v; want the sound, spoken once", code, sound, p.said)
	}
	part.Forget()
	st.get("/voix" + q)
	if len(p.said) != 2 {
		t.Errorf("said %v after the end of a session; want it spoken again", p.said)
	}
	if code, _ := st.get("/voix?langue=tlh&texte=nuqneH"); code != http.StatusNotFound {
		t.Errorf("GET /voix in a language without voice = %d; want 404", code)
	}
	ready = false
	if _, page := st.get("/"); strings.Contains(page, "F2") {
		t.Error("a station without a voice offers to be heard")
	}
}
