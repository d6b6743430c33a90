package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/mallette-kit/mallette/device/lesson"
)

// words holds what pages say in each language. A sentence missing in one
// language is said in French; one missing in French is an error of ours.
type words struct {
	bundle *i18n.Bundle // those with variables or a plural
	say    map[string]*i18n.Localizer
	plain  map[string]map[string]string // language → key → sentence without variables
}

// readWords reads locales/{language}.json and locales/{language}.{topic}.json.
func readWords(files fs.FS) (*words, error) {
	ws := &words{bundle: i18n.NewBundle(language.French), say: map[string]*i18n.Localizer{}, plain: map[string]map[string]string{}}
	names, err := fs.Glob(files, "locales/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := ws.read(files, name); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	for _, lang := range Languages() {
		ws.say[lang] = i18n.NewLocalizer(ws.bundle, lang)
	}
	return ws, nil
}

func (ws *words) read(files fs.FS, name string) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	lang, _, _ := strings.Cut(path.Base(name), ".")
	mf, err := i18n.ParseMessageFileBytes(raw, lang+".json", map[string]i18n.UnmarshalFunc{"json": json.Unmarshal})
	if err != nil {
		return err
	}
	if ws.plain[lang] == nil {
		ws.plain[lang] = map[string]string{}
	}
	var varied []*i18n.Message
	for _, m := range mf.Messages {
		m.One, m.Other = lesson.Typeset(lang, m.One), lesson.Typeset(lang, m.Other)
		if isPlain(m) {
			ws.plain[lang][m.ID] = m.Other
			continue
		}
		varied = append(varied, m)
	}
	return ws.bundle.AddMessages(mf.Tag, varied...)
}

// isPlain reports whether a sentence is always the same: kept as it is, it
// takes a tenth of the memory that one with variables takes.
func isPlain(m *i18n.Message) bool {
	return m.Zero+m.One+m.Two+m.Few+m.Many == "" && m.Other != "" && !strings.Contains(m.Other, "{{")
}

// text says key in lang; args are names and values in turn, "N" being the
// number that chooses the plural.
func (ws *words) text(lang, key string, args ...any) (string, error) {
	if t, ok := ws.plain[lang][key]; ok {
		return t, nil
	}
	cfg := &i18n.LocalizeConfig{MessageID: key}
	data := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		data[fmt.Sprint(args[i])] = args[i+1]
	}
	if n, ok := data["N"]; ok {
		cfg.PluralCount = n
	}
	cfg.TemplateData = data
	said, err := ws.say[lang].Localize(cfg)
	if _, missing := errors.AsType[*i18n.MessageNotFoundErr](err); missing && lang != Languages()[0] {
		return ws.text(Languages()[0], key, args...)
	}
	return said, err
}

// date says a civil date in full: "jeudi 12 mars 2026".
func (ws *words) date(lang string, t time.Time) (string, error) {
	weekday, err := ws.text(lang, "date.weekday"+strconv.Itoa(int(t.Weekday())))
	if err != nil {
		return "", err
	}
	month, err := ws.text(lang, "date.month"+strconv.Itoa(int(t.Month())))
	if err != nil {
		return "", err
	}
	return ws.text(lang, "date.full", "Weekday", weekday, "Day", t.Day(), "Month", month, "Year", t.Year())
}

// direction is the writing direction of a language.
func direction(lang string) string {
	switch lang {
	case "ar", "fa", "he", "ur":
		return "rtl"
	}
	return "ltr"
}
