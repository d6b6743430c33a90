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
	l = &Lesson{Meta: meta, Texts: map[Kind]Text{}, texts: map[Kind]map[Wish]Text{}, audio: map[string]bool{}, media: p.media, whole: p.whole}
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
	if err := l.fillSteps(p); err != nil {
		return err
	}
	for _, kind := range Kinds() {
		if err := l.fillAsset(p, kind); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	l.typeset()
	l.fillAudio(p)
	if err := l.fillTranscript(p); err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	return l.fillCaptions(p)
}

func (l *Lesson) fillAsset(p *pack, kind Kind) error {
	name, ok := l.Assets[kind]
	if !ok {
		return nil
	}
	switch kind {
	case Video:
		return l.checkVideo(p, name)
	case QuizKind:
		return l.fillQuiz(p, name)
	case GameKind:
		return l.fillGame(p, name)
	}
	return l.fillText(p, kind, name)
}

// fillAudio finds the recordings of texts.
func (l *Lesson) fillAudio(p *pack) {
	for _, name := range p.names {
		if path.Dir(name) == "audio" && slices.Contains(audioEndings(), path.Ext(name)) {
			l.audio[name] = true
		}
	}
}

func (l *Lesson) checkVideo(p *pack, name string) error {
	if !slices.Contains(p.names, name) {
		return ErrMissing
	}
	if !isVideo(name) || path.Base(name) != name {
		return ErrFormat
	}
	l.videos = l.tracks(p, name)
	return nil
}

// fillCaptions finds the captions of the video.
func (l *Lesson) fillCaptions(p *pack) error {
	if l.Captions == "" {
		return nil
	}
	if !p.holds(l.Captions) || path.Ext(l.Captions) != ".vtt" || path.Base(l.Captions) != l.Captions {
		return fmt.Errorf("captions: %w", ErrMissing)
	}
	l.captions = l.tracks(p, l.Captions)
	return nil
}

// tracks finds a file in each language that the lesson declares: film.vtt is in
// its own, film.en.vtt in another one.
func (l *Lesson) tracks(p *pack, name string) (found []Track) {
	for _, lang := range l.Languages {
		if file := (Wish{Lang: lang}).File(name, l.Own()); p.holds(file) {
			found = append(found, Track{lang, file})
		}
	}
	return found
}
