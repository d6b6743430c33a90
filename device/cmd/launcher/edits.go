package main

import (
	"path/filepath"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/lesson/edit"
)

// editsDir is where a station keeps what a mediator writes of lessons.
const editsDir = "edits"

// openEdits makes good what a power cut interrupted, before lessons are read.
func (s *station) openEdits() {
	s.edits = edit.Open(filepath.Join(s.p.Data, lessonsDir), filepath.Join(s.p.Data, editsDir))
	if err := s.edits.Resume(); err != nil {
		s.log.Warn("lesson drafts not resumed", "err", err)
	}
}

// editing are the pages where the mediator makes lessons from others.
func (s *station) editing(m *kiosk.Mediator) *kiosk.Edits {
	return &kiosk.Edits{Mediator: m, Book: s.edits, Reload: s.lessons.Reload, Stick: s.stick()}
}

// judge takes back that a lesson made here is accessible when the gate does
// not find it so.
func (s *station) judge(l *lesson.Lesson) {
	if !s.edits.Owns(l.ID) {
		return
	}
	files, done, err := l.Files()
	if err != nil {
		l.Withhold()
		return
	}
	defer done()
	if !check.Files(l.ID, files).Accessible() {
		l.Withhold()
	}
}
