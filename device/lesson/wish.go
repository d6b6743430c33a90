package lesson

import (
	"path"
	"strings"
)

// Wish is how a person wants to read a lesson. The zero value is the lesson's
// own language in its usual words.
type Wish struct {
	Lang string
	Easy bool // the easy-to-read twin
}

// easyMark is in the name of an easy-to-read twin: etapes/1.facile.md.
const easyMark = "facile"

// File names the file of a text as wished: etapes/1.md in English, easy to
// read, is etapes/1.en.facile.md. The lesson's own language has no mark.
func (w Wish) File(name, own string) string {
	ending := path.Ext(name)
	base := strings.TrimSuffix(name, ending)
	if w.Lang != "" && w.Lang != own {
		base += "." + w.Lang
	}
	if w.Easy {
		base += "." + easyMark
	}
	return base + ending
}

// nearest are the wishes to try in turn: the language matters more than easy
// words, and the lesson's own language is always there.
func (w Wish) nearest(own string) []Wish {
	if w.Lang == "" {
		w.Lang = own
	}
	return []Wish{w, {w.Lang, false}, {own, w.Easy}, {own, false}}
}

// Wishes are the versions a lesson may have of a text besides its own.
func (m *Meta) Wishes() []Wish {
	list := []Wish{{m.Languages[0], true}}
	for _, lang := range m.Languages[1:] {
		list = append(list, Wish{lang, false}, Wish{lang, true})
	}
	return list
}

// choose returns the version nearest to a wish.
func choose[T any](versions map[Wish]T, w Wish, own string) (T, bool) {
	for _, try := range w.nearest(own) {
		if v, ok := versions[try]; ok {
			return v, true
		}
	}
	var none T
	return none, false
}

// Own is the language a lesson was written in.
func (l *Lesson) Own() string { return l.Languages[0] }

// StepFor returns step n (from 1) in the version nearest to a wish: Lang and
// Easy of the step say which that is.
func (l *Lesson) StepFor(n int, w Wish) Step {
	if s, ok := choose(l.steps[n-1], w, l.Own()); ok {
		return s
	}
	return l.Steps[n-1]
}

// TextFor returns a text asset in the version nearest to a wish.
func (l *Lesson) TextFor(k Kind, w Wish) (Text, bool) { return choose(l.texts[k], w, l.Own()) }

// QuizFor returns the quiz in the version nearest to a wish; nil when the
// lesson has none. Every version has as many questions of the same kinds.
func (l *Lesson) QuizFor(w Wish) *Quiz {
	q, _ := choose(l.quizzes, w, l.Own())
	return q
}

// GameFor returns the game in the version nearest to a wish; nil when the lesson
// has none. Every version is played the same way.
func (l *Lesson) GameFor(w Wish) *Game {
	g, _ := choose(l.games, w, l.Own())
	return g
}

// TranscriptFor returns the words of the video in the version nearest to a wish.
func (l *Lesson) TranscriptFor(w Wish) (Text, bool) { return choose(l.transcripts, w, l.Own()) }

// AboutFor returns what the lesson says of itself in a language, or in its own.
func (l *Lesson) AboutFor(lang string) About {
	own := About{l.Own(), l.Title, l.Summary, l.Objectives, l.Words}
	t, ok := l.Translations[lang]
	if !ok || lang == l.Own() {
		return own
	}
	return t.over(own, lang)
}

// Twins counts the steps that have an easy-to-read twin.
func (l *Lesson) Twins() int {
	n := 0
	for _, versions := range l.steps {
		if _, ok := versions[Wish{l.Own(), true}]; ok {
			n++
		}
	}
	return n
}

// Translated counts the steps that can be read in a language.
func (l *Lesson) Translated(lang string) int {
	n := 0
	for _, versions := range l.steps {
		if _, ok := versions[Wish{lang, false}]; ok {
			n++
		}
	}
	return n
}

// About is what a lesson says of itself in one language.
type About struct {
	Lang, Title, Summary string
	Objectives           []string
	Words                []Word
}
