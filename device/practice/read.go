package practice

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxValue bounds what one field takes, in bytes.
const maxValue = 200

// read takes the screen's own fields out of a form, bounded; anything else a
// browser may send is dropped.
func (s *Screen) read(form url.Values) map[string]string {
	entered := map[string]string{}
	for i := range s.Fields {
		f := &s.Fields[i]
		entered[f.Name] = f.read(form.Get(f.Name))
	}
	return entered
}

func (f *Field) read(raw string) string {
	switch f.Kind {
	case Tick:
		if raw != "" {
			return "oui"
		}
		return "non"
	case Choice, File:
		if slices.ContainsFunc(f.Picks, func(o Option) bool { return o.Value == raw }) {
			return raw
		}
		return ""
	}
	return bounded(raw)
}

// bounded keeps valid text of one line, without cutting a letter in two.
func bounded(raw string) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(raw, "")), " ")
	for len(text) > maxValue {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text
}
