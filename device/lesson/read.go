package lesson

import (
	"fmt"
	"path"
	"slices"
)

// read turns a pack into a lesson or says why not. A parser that panics on
// hostile text must not take the other lessons with it.
func read(p *pack) (l *Lesson, err error) {
	defer func() {
		if recover() != nil {
			l, err = nil, fmt.Errorf("reader panicked: %w", ErrFormat)
		}
	}()
	if err := p.list(); err != nil {
		return nil, err
	}
	raw, err := p.read("lesson.yaml", maxText)
	if err != nil {
		return nil, fmt.Errorf("lesson.yaml: %w", err)
	}
	meta, err := ParseMeta(raw)
	if err != nil {
		return nil, err
	}
	l = &Lesson{Meta: meta, Texts: map[Kind]Text{}, media: p.media}
	if l.Hash, err = p.sum(); err != nil {
		return nil, err
	}
	return l, l.fill(p)
}

func (l *Lesson) fill(p *pack) (err error) {
	if l.pictures, err = readPictures(p); err != nil {
		return err
	}
	if _, ok := l.pictures[path.Base(l.Cover)]; l.Cover != "" && !ok {
		return fmt.Errorf("cover: %w", ErrMissing)
	}
	w := newWriter(l.ID, l.Languages[0], l.pictures)
	if err := l.fillSteps(p, w); err != nil {
		return err
	}
	for _, kind := range Kinds() {
		if err := l.fillAsset(p, w, kind); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	l.typeset()
	if err := l.fillTranscript(p, w); err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	return l.checkCaptions(p)
}

func (l *Lesson) fillSteps(p *pack, w *writer) error {
	for i, name := range l.StepFiles {
		raw, err := p.read(name, maxText)
		if err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		title, html, err := w.page(raw)
		if err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		l.Steps = append(l.Steps, Step{i + 1, title, html})
	}
	return nil
}

func (l *Lesson) fillAsset(p *pack, w *writer, kind Kind) error {
	name, ok := l.Assets[kind]
	if !ok {
		return nil
	}
	if kind == Video {
		return l.checkVideo(p, name)
	}
	raw, err := p.read(name, maxText)
	if err != nil {
		return err
	}
	switch kind {
	case QuizKind:
		l.Quiz, err = w.readQuiz(raw)
	case GameKind:
		l.Game, err = ParseGame(raw)
	default:
		var text Text
		text.Title, text.HTML, err = w.page(raw)
		l.Texts[kind] = text
	}
	return err
}

func (l *Lesson) fillTranscript(p *pack, w *writer) error {
	if l.TranscriptFile == "" {
		return nil
	}
	raw, err := p.read(l.TranscriptFile, maxText)
	if err != nil {
		return err
	}
	var text Text
	text.Title, text.HTML, err = w.page(raw)
	l.Transcript = &text
	return err
}

func (l *Lesson) checkVideo(p *pack, name string) error {
	if !slices.Contains(p.names, name) {
		return ErrMissing
	}
	if !isMedia(name) || path.Base(name) != name {
		return ErrFormat
	}
	return nil
}

func (l *Lesson) checkCaptions(p *pack) error {
	if l.Captions == "" {
		return nil
	}
	if !slices.Contains(p.names, l.Captions) || path.Ext(l.Captions) != ".vtt" || path.Base(l.Captions) != l.Captions {
		return fmt.Errorf("captions: %w", ErrMissing)
	}
	return nil
}
