package lesson

import (
	"fmt"
	"path"
	"slices"
)

func (p *pack) holds(name string) bool { return slices.Contains(p.names, name) }

// fillSteps reads every step in every version there is.
func (l *Lesson) fillSteps(p *pack) error {
	for i, name := range l.StepFiles {
		own, err := l.readStep(p, i+1, name, Wish{l.Own(), false})
		if err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		versions := map[Wish]Step{{l.Own(), false}: own}
		for _, w := range l.Wishes() {
			if file := w.File(name, l.Own()); p.holds(file) {
				if versions[w], err = l.readStep(p, i+1, file, w); err != nil {
					return fmt.Errorf("step %d: %w", i+1, err)
				}
			}
		}
		l.Steps, l.steps = append(l.Steps, own), append(l.steps, versions)
	}
	return nil
}

func (l *Lesson) readStep(p *pack, n int, file string, w Wish) (Step, error) {
	raw, err := p.read(file, maxText)
	if err != nil {
		return Step{}, err
	}
	out := l.writer(w.Lang)
	raw, said, err := out.narrated(raw)
	if err != nil {
		return Step{}, err
	}
	title, html, err := out.page(raw)
	if err != nil {
		return Step{}, err
	}
	return Step{N: n, Title: title, HTML: html, Lang: w.Lang, Easy: w.Easy, File: file, Said: said, Audio: p.recording(file)}, nil
}

// fillText reads a text asset in every version there is.
func (l *Lesson) fillText(p *pack, kind Kind, name string) error {
	own := Wish{l.Own(), false}
	l.texts[kind] = map[Wish]Text{}
	for _, w := range append([]Wish{own}, l.Wishes()...) {
		file := w.File(name, l.Own())
		if w != own && !p.holds(file) {
			continue
		}
		t, err := l.readText(p, file, w.Lang)
		if err != nil {
			return err
		}
		l.texts[kind][w] = t
	}
	l.Texts[kind] = l.texts[kind][own]
	return nil
}

func (l *Lesson) readText(p *pack, file, lang string) (Text, error) {
	raw, err := p.read(file, maxText)
	if err != nil {
		return Text{}, err
	}
	title, html, err := l.writer(lang).page(raw)
	return Text{Title: title, HTML: html, Lang: lang, File: file, Audio: p.recording(file)}, err
}

// fillQuiz reads the quiz in every version there is; each asks the same.
func (l *Lesson) fillQuiz(p *pack, name string) error {
	own := Wish{l.Own(), false}
	l.quizzes = map[Wish]*Quiz{}
	for _, w := range append([]Wish{own}, l.Wishes()...) {
		file := w.File(name, l.Own())
		if w != own && !p.holds(file) {
			continue
		}
		q, err := l.readQuizFile(p, file, w.Lang)
		if err != nil {
			return err
		}
		if l.quizzes[w] = q; !q.asksAs(l.quizzes[own]) {
			return fmt.Errorf("version asks otherwise: %w", ErrQuiz)
		}
	}
	l.Quiz = l.quizzes[own]
	return nil
}

func (l *Lesson) readQuizFile(p *pack, file, lang string) (*Quiz, error) {
	raw, err := p.read(file, maxText)
	if err != nil {
		return nil, err
	}
	q, err := l.writer(lang).readQuiz(raw)
	if err != nil {
		return nil, err
	}
	for i := range q.Questions {
		q.Questions[i].Audio = p.recording(questionFile(file, q.Questions[i].ID))
	}
	return q, nil
}

// questionFile is the name a recording of a question goes by: quiz-q1.en.ogg
// for question 1 of quiz.en.md.
func questionFile(file, id string) string {
	base := path.Base(file)
	for i := range base {
		if base[i] == '.' {
			return base[:i] + "-" + id + base[i:]
		}
	}
	return base + "-" + id
}

func (q *Quiz) asksAs(other *Quiz) bool {
	return slices.EqualFunc(q.Questions, other.Questions, func(a, b Question) bool {
		return a.Asks == b.Asks && len(a.Choices) == len(b.Choices) && len(a.Blanks) == len(b.Blanks)
	})
}

func (l *Lesson) writer(lang string) *writer { return newWriter(l.ID, lang, l.pictures) }
