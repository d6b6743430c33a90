package kiosk

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// lastPage is where a session ends.
const lastPage = "/fin"

const (
	visitCookie    = "visite"
	settingsCookie = "reglages"
)

// visitor is what a browser carries until the session ends: a random number
// that ties forms to it, and how it wants pages to look.
type visitor struct {
	id       string
	settings Settings
	gone     bool // the cookies are those of a session that has ended
}

type visitorKey struct{}

func withVisitor(r *http.Request, v visitor) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitorKey{}, v))
}

func visitorOf(r *http.Request) visitor {
	v, _ := r.Context().Value(visitorKey{}).(visitor)
	return v
}

// visitor reads the cookies. Those of a session that has ended are nobody's,
// also when the browser never came back to hear of the end; only the last page
// still speaks the language they say.
func (s *Server) visitor(w http.ResponseWriter, r *http.Request) (visitor, error) {
	visit := s.visits.now(s.Session.Active())
	c, err := r.Cookie(visitCookie)
	if err == nil && len(c.Value) == 32 && strings.HasPrefix(c.Value, visit) {
		return visitor{id: c.Value, settings: settingsOf(r)}, nil
	}
	if err == nil && r.URL.Path == lastPage {
		return visitor{id: c.Value, settings: settingsOf(r), gone: true}, nil
	}
	id, err := randomHex()
	if err != nil {
		return visitor{}, err
	}
	id = visit + id[len(visit):]
	if besidePage(r) {
		return visitor{id: id}, nil
	}
	expire(w, settingsCookie)
	setCookie(w, visitCookie, id)
	return visitor{id: id}, nil
}

// besidePage reports whether a browser asks for something other than a page. What
// the last page of a session still asks for may be answered after the next page,
// and its cookie would take the place of the one that the next page's forms need.
func besidePage(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return mode != "" && mode != "navigate"
}

// visits numbers the times between two ends of a session, so that cookies of
// an earlier one are known.
type visits struct {
	mu     sync.Mutex
	n      uint32
	active bool
}

func (v *visits) now(active bool) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.active && !active {
		v.n++
	}
	v.active = active
	return fmt.Sprintf("%08x", v.n)
}

// forget clears what the browser still holds of a session.
func forget(w http.ResponseWriter) {
	w.Header().Set("Clear-Site-Data", `"cookies", "storage"`)
	expire(w, visitCookie)
	expire(w, settingsCookie)
}

func expire(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// setCookie sets a cookie without a date, which ends with the browser at the
// latest; the end of a session clears it.
func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

func randomHex() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("draw visitor number: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// tokens makes the form token of a visitor from a key that dies with the
// process.
type tokens struct{ key [32]byte }

func newTokens() (tokens, error) {
	var t tokens
	if _, err := rand.Read(t.key[:]); err != nil {
		return t, fmt.Errorf("draw token key: %w", err)
	}
	return t, nil
}

func (t *tokens) of(id string) string {
	m := hmac.New(sha256.New, t.key[:])
	m.Write([]byte(id))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

func (t *tokens) match(id, token string) bool {
	return hmac.Equal([]byte(t.of(id)), []byte(token))
}
