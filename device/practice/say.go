package practice

import "strings"

// Say puts what was entered in place of {field} in a sentence of the service.
func (s *Service) Say(v Visit, text string) string { return s.say(v, text) }

func (s *Service) say(v Visit, text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	pairs := []string{"{code}", s.code(v.Sent)}
	for _, sc := range s.Screens {
		for i := range sc.Fields {
			f := &sc.Fields[i]
			pairs = append(pairs, "{"+f.Name+"}", f.said(v.Values[f.Name]))
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// said is a value as people read it; a password is never read.
func (f *Field) said(value string) string {
	for _, o := range f.Picks {
		if o.Value == value {
			return o.Label
		}
	}
	switch {
	case value == "" || f.Forget || f.Kind == Password:
		return "—"
	case f.Kind == Amount:
		return strings.TrimSpace(strings.TrimSuffix(value, "€")) + " €"
	}
	return value
}

// Shown is what a field holds when its screen is drawn: what was entered, or
// what the service filled in by itself. Secrets come back empty.
func (v Visit) Shown(f Field) string {
	if f.Kind == Password || f.Kind == Code || f.Forget {
		return ""
	}
	if got, ok := v.Values[f.Name]; ok {
		return got
	}
	return f.Value
}
