package kiosk

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// View is what a template receives. Data is the page's own; the rest is the
// same on every page.
type View struct {
	Page     string // name of the template, e.g. "home" or "mediator/day"
	Path     string // where we are, to come back after a change of settings
	Lang     string
	Dir      string
	Settings Settings
	Session  bool
	Outside  bool   // shown in a browser on the open web: most pages are not there
	Idle     int    // seconds without a touch before the idle page; 0: never
	Aloud    bool   // the station has a voice
	Preview  string // a mediator looks: the way back; "" for people
	Token    string
	Time     string // names the time between two ends of a session, for scripts
	Today    Today
	Data     any
	words    *words
}

func (s *Server) view(r *http.Request, name string, data any) *View {
	v := visitorOf(r)
	lang := v.settings.lang()
	return &View{
		Page: name, Path: localPath(r.URL.Path), Lang: lang, Dir: direction(lang), Settings: v.settings,
		Session: s.Session.Active(), Outside: isOutside(r), Idle: int(s.Session.Idle() / time.Second), Aloud: s.aloud.ready(), Preview: s.previewOf(r), Token: s.tokens.of(v.id),
		Time:  s.tokens.of(s.visits.now(s.Session.Active()))[:8],
		Today: s.Today(), Data: data, words: s.words,
	}
}

// T says key in the page's language: {{.T "steps.of" "Step" 2 "N" 6}}.
func (v *View) T(key string, args ...any) (string, error) { return v.words.text(v.Lang, key, args...) }

// In says key in another language than the page's.
func (v *View) In(lang, key string) (string, error) { return v.words.text(lang, key) }

// French says key in French beside another language: the words to know here.
func (v *View) French(key string) (string, error) {
	if v.Lang == Languages()[0] {
		return "", nil
	}
	return v.words.text(Languages()[0], key)
}

// Date says today's date in full, or nothing when nobody knows it.
func (v *View) Date() (string, error) {
	if v.Today.Date.IsZero() {
		return "", nil
	}
	return v.words.date(v.Lang, v.Today.Date)
}

// Month says a month in full, or nothing for the zero time.
func (v *View) Month(t time.Time) (string, error) {
	if t.IsZero() {
		return "", nil
	}
	month, err := v.words.text(v.Lang, "date.month"+strconv.Itoa(int(t.Month())))
	return month + " " + strconv.Itoa(t.Year()), err
}

// Languages are the languages to choose from.
func (v *View) Languages() []string { return Languages() }

// Dirs gives the writing direction of a language.
func (v *View) Dirs(lang string) string { return direction(lang) }

// localPath keeps a path only when it stays on this server.
func localPath(p string) string {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n") {
		return "/"
	}
	return p
}
