package kiosk

import (
	"bytes"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/portfolio"
	"github.com/mallette-kit/mallette/fleet/wire"
)

func (s *Server) lessonOf(r *http.Request) (*lesson.Lesson, error) {
	l, ok := s.Catalogue.Lesson(r.PathValue("id"))
	if !ok {
		return nil, ErrNotFound
	}
	return l, nil
}

// numbered reads {n} of the path, from 1 to most.
func numbered(r *http.Request, most int) (int, error) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > most {
		return 0, ErrNotFound
	}
	return n, nil
}

func (s *Server) overview(w http.ResponseWriter, r *http.Request) error {
	l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	st := visitorOf(r).settings
	return s.renderStill(w, r, "lesson", l, map[string]any{"Lesson": l, "About": l.AboutFor(wishOf(st, l).Lang), "Reading": readingOf(st, l)})
}

func (s *Server) startLesson(w http.ResponseWriter, r *http.Request) error {
	l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	s.count(wire.CountLessons, l.ID, "", "started")
	return SeeOther(w, r, "/lecon/"+l.ID+"/etape/1#contenu")
}

func (s *Server) step(w http.ResponseWriter, r *http.Request) error {
	l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	n, err := numbered(r, len(l.Steps))
	if err != nil {
		return err
	}
	st := visitorOf(r).settings
	wish := wishOf(st, l)
	return s.renderStill(w, r, "step", l, map[string]any{
		"Lesson": l, "Step": l.StepFor(n, wish), "N": n, "Of": len(l.Steps), "Before": n - 1, "After": n + 1,
		"Own": l.StepFor(n, lesson.Wish{Easy: wish.Easy}), "Reading": readingOf(st, l), "Wanted": wish.Lang,
	})
}

func (s *Server) finishLesson(w http.ResponseWriter, r *http.Request) error {
	l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	s.count(wire.CountLessons, l.ID, "", "finished")
	s.lived(func(c *portfolio.Card) { c.Live(l.Themes...) })
	return SeeOther(w, r, "/lecon/"+l.ID+"/bravo")
}

func (s *Server) bravo(w http.ResponseWriter, r *http.Request) error {
	l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, "bravo", map[string]any{"Lesson": l})
}

// sheet shows a text asset, ready to print.
func (s *Server) sheet(w http.ResponseWriter, r *http.Request) error {
	l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	kind := lesson.Kind(r.PathValue("kind"))
	text, ok := l.TextFor(kind, wishOf(visitorOf(r).settings, l))
	if !ok {
		return ErrNotFound
	}
	return s.renderStill(w, r, "sheet", l, map[string]any{"Lesson": l, "Kind": kind, "Text": text})
}

func (s *Server) video(w http.ResponseWriter, r *http.Request) error {
	l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	if !l.Has(lesson.Video) {
		return ErrNotFound
	}
	wish := wishOf(visitorOf(r).settings, l)
	transcript, _ := l.TranscriptFor(wish)
	return s.Render(w, r, http.StatusOK, "video", map[string]any{
		"Lesson": l, "File": l.VideoFor(wish).File, "Transcript": transcript, "Captions": captionsFor(l, wish.Lang),
	})
}

// captionsFor is the language in which the captions of a film are shown first:
// that of the person, or the lesson's own.
func captionsFor(l *lesson.Lesson, lang string) string {
	if slices.ContainsFunc(l.Tracks(), func(t lesson.Track) bool { return t.Lang == lang }) {
		return lang
	}
	return l.Own()
}

// picturePolicy stops a drawing opened by itself from running or loading
// anything.
const picturePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

func (s *Server) picture(w http.ResponseWriter, r *http.Request) error {
	l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	p, ok := l.Picture(r.PathValue("name"))
	if !ok {
		return ErrNotFound
	}
	h := w.Header()
	h.Set("Content-Type", p.Type)
	h.Set("Content-Security-Policy", picturePolicy)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", `"`+l.Hash[:16]+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.Data))
	return nil
}

// media serves the video or its captions, audio a recording.
func (s *Server) media(w http.ResponseWriter, r *http.Request) error {
	return s.serveMedia(w, r, r.PathValue("name"))
}

func (s *Server) audio(w http.ResponseWriter, r *http.Request) error {
	return s.serveMedia(w, r, "audio/"+r.PathValue("name"))
}

// serveMedia serves with ranges, from the disk.
func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request, name string) error {
	l, err := s.lessonOf(r)
	if err != nil {
		return err
	}
	if !l.Media(name) {
		return ErrNotFound
	}
	f, err := l.OpenMedia(name)
	if err != nil {
		return fmt.Errorf("open media of a lesson: %w", err)
	}
	defer f.Close()
	w.Header().Set("Content-Type", lesson.MediaType(name))
	http.ServeContent(w, r, name, time.Time{}, f)
	return nil
}

// coverURL is where the picture of a lesson is, or "" when it has none.
func coverURL(l *lesson.Lesson) string {
	if l.Cover == "" {
		return ""
	}
	return lesson.PictureURL(l.ID, path.Base(l.Cover))
}

// slotURL is the page of one of the seven assets.
func slotURL(l *lesson.Lesson, k lesson.Kind) string {
	base := "/lecon/" + l.ID
	switch k {
	case lesson.Video:
		return base + "/video"
	case lesson.QuizKind:
		return base + "/quiz/1"
	case lesson.GameKind:
		return base + "/jeu/1"
	}
	return base + "/fiche/" + string(k)
}

// speaks says whether a lesson is written in a language.
func speaks(l *lesson.Lesson, lang string) bool { return slices.Contains(l.Languages, lang) }
