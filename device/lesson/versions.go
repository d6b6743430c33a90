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

// versionsOf reads a file of a lesson in every version there is. The lesson's own
// must be there.
func versionsOf[T any](l *Lesson, p *pack, name string, read func(file, lang string) (T, error)) (map[Wish]T, error) {
	own, versions := Wish{l.Own(), false}, map[Wish]T{}
	for _, w := range append([]Wish{own}, l.Wishes()...) {
		file := w.File(name, l.Own())
		if w != own && !p.holds(file) {
			continue
		}
		v, err := read(file, w.Lang)
		if err != nil {
			return nil, err
		}
		versions[w] = v
	}
	return versions, nil
}

// fillText reads a text asset.
func (l *Lesson) fillText(p *pack, kind Kind, name string) (err error) {
	l.texts[kind], err = versionsOf(l, p, name, func(file, lang string) (Text, error) { return l.readText(p, file, lang) })
	if err != nil {
		return err
	}
	l.Texts[kind] = l.texts[kind][Wish{l.Own(), false}]
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

// fillQuiz reads the quiz; each version asks the same.
func (l *Lesson) fillQuiz(p *pack, name string) (err error) {
	l.quizzes, err = versionsOf(l, p, name, func(file, lang string) (*Quiz, error) { return l.readQuizFile(p, file, lang) })
	if err != nil {
		return err
	}
	l.Quiz = l.quizzes[Wish{l.Own(), false}]
	for _, q := range l.quizzes {
		if !q.asksAs(l.Quiz) {
			return fmt.Errorf("version asks otherwise: %w", ErrQuiz)
		}
	}
	return nil
}

// fillGame reads the game; each version is played the same way.
func (l *Lesson) fillGame(p *pack, name string) (err error) {
	l.games, err = versionsOf(l, p, name, func(file, lang string) (*Game, error) { return readGame(p, file, lang) })
	if err != nil {
		return err
	}
	l.Game = l.games[Wish{l.Own(), false}]
	for _, g := range l.games {
		if !g.playsAs(l.Game) {
			return fmt.Errorf("version is played otherwise: %w", ErrGame)
		}
	}
	return nil
}

// fillTranscript reads the words of the video.
func (l *Lesson) fillTranscript(p *pack) (err error) {
	if l.TranscriptFile == "" {
		return nil
	}
	l.transcripts, err = versionsOf(l, p, l.TranscriptFile, func(file, lang string) (Text, error) { return l.readText(p, file, lang) })
	if text, ok := l.transcripts[Wish{l.Own(), false}]; ok {
		l.Transcript = &text
	}
	return err
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
