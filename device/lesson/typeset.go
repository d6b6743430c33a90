package lesson

import "strings"

// Typeset applies the spacing a language wants around its punctuation, so that
// a sign never begins a line. French wants a narrow space that holds before
// ; : ! ? and inside « », and a curved apostrophe; other languages are
// returned as they are. It may be used on HTML whose text has been escaped.
func Typeset(lang, text string) string {
	if lang != "fr" {
		return text
	}
	return strings.NewReplacer(
		" ;", "\u202f;", " :", "\u202f:", " !", "\u202f!", " ?", "\u202f?", "« ", "«\u202f", " »", "\u202f»",
		" €", "\u202f€", " %", "\u202f%", "&#39;", "’", "'", "’",
	).Replace(text)
}

// typeset does so for what lesson.yaml and the game say.
func (l *Lesson) typeset() {
	lang := l.Languages[0]
	say := func(s *string) { *s = Typeset(lang, *s) }
	say(&l.Title)
	say(&l.Summary)
	for i := range l.Objectives {
		say(&l.Objectives[i])
	}
	for i := range l.Authors {
		say(&l.Authors[i])
	}
	for i := range l.Words {
		say(&l.Words[i].Term)
		say(&l.Words[i].Meaning)
	}
	for lang, t := range l.Translations {
		l.Translations[lang] = t.typeset(lang)
	}
	for _, g := range l.games {
		g.typeset(func(s *string) { *s = Typeset(g.Lang, *s) })
	}
}

func (t Translation) typeset(lang string) Translation {
	t.Title, t.Summary = Typeset(lang, t.Title), Typeset(lang, t.Summary)
	for i := range t.Objectives {
		t.Objectives[i] = Typeset(lang, t.Objectives[i])
	}
	for i, w := range t.Words {
		t.Words[i] = Word{Typeset(lang, w.Term), Typeset(lang, w.Meaning)}
	}
	return t
}

// typeset leaves alone what must be typed.
func (g *Game) typeset(say func(*string)) {
	say(&g.Title)
	say(&g.Intro)
	for i := range g.Boxes {
		say(&g.Boxes[i])
	}
	for i := range g.Rounds {
		r := &g.Rounds[i]
		say(&r.Say)
		say(&r.From)
		say(&r.Why)
	}
}
