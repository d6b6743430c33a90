package kiosk

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
)

const (
	visitCookie    = "visite"
	settingsCookie = "reglages"
)

// visitor is what a browser carries until the session ends: a random number
// that ties forms to it, and how it wants pages to look.
type visitor struct {
	id       string
	settings Settings
}

type visitorKey struct{}

func withVisitor(r *http.Request, v visitor) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitorKey{}, v))
}

func visitorOf(r *http.Request) visitor {
	v, _ := r.Context().Value(visitorKey{}).(visitor)
	return v
}

func (s *Server) visitor(w http.ResponseWriter, r *http.Request) (visitor, error) {
	v := visitor{settings: settingsOf(r)}
	if c, err := r.Cookie(visitCookie); err == nil && len(c.Value) == 32 {
		v.id = c.Value
		return v, nil
	}
	id, err := randomHex()
	if err != nil {
		return v, err
	}
	v.id = id
	setCookie(w, visitCookie, id)
	return v, nil
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
