// Package lesson reads lessons: what they teach, to whom, their steps and the
// seven assets a mediator expects beside them.
//
// A lesson is a folder or a zip with a lesson.yaml, Markdown texts and
// pictures. Everything is read, checked and turned into safe HTML when the
// catalogue opens, so that showing a page later cannot fail on its content. A
// pack is somebody else's work: it brings no script, no style and no address
// outside itself, it cannot make the station use more than the limits below,
// and one bad pack never hides the others.
//
//	catalogue := lesson.Open(ctx, builtin, "/perm/kit/lessons")
//	for _, bad := range catalogue.Refused() { … }
//
// The package never writes to the disk and never asks the network.
package lesson

import (
	"html/template"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"
)

// Lesson is one lesson, read and checked. It does not change.
type Lesson struct {
	Meta
	Hash  string // sha256 of its content, the same for a folder and a zip
	Steps []Step
	Texts map[Kind]Text // the assets that are texts: memo, tuto and the two guides
	Quiz  *Quiz         // nil when missing
	Game  *Game         // nil when missing
	// Transcript says in words what the video shows and says; nil when missing.
	Transcript  *Text
	stored      bool // on the disk, and not part of the program
	steps       []map[Wish]Step
	texts       map[Kind]map[Wish]Text
	quizzes     map[Wish]*Quiz
	games       map[Wish]*Game
	transcripts map[Wish]Text
	captions    []Track
	videos      []Track
	audio       map[string]bool
	pictures    map[string]Picture
	media       func(name string) (io.ReadSeekCloser, error)
	whole       func() (fs.FS, func(), error)
}

// Step is one screen of a lesson.
type Step struct {
	N     int // from 1
	Title string
	HTML  template.HTML // sanitised
	Lang  string        // language of its words
	Easy  bool          // this is the easy-to-read twin
	File  string        // of the pack, for an editor
	Said  []string      // words that are read aloud and not shown
	Audio string        // recording of it in audio/, or ""
}

// Text is an asset to read or print.
type Text struct {
	Title string
	HTML  template.HTML // sanitised
	Lang  string        // language of its words
	File  string        // of the pack, for an editor
	Audio string        // recording of it in audio/, or ""
}

// Track is the captions of the video, or the video itself, in one language.
type Track struct{ Lang, File string }

// Picture is a drawing or photograph of a lesson.
type Picture struct {
	Type string // media type
	Data []byte
}

// Kind is one of the seven kinds of asset around the steps of a lesson.
type Kind string

// The seven kinds, in the order mediators know them.
const (
	Memo          Kind = "memo"                 // a page to keep
	Tuto          Kind = "tuto"                 // to do it again at home
	LearnerGuide  Kind = "conducteur_apprenant" // what we are going to do
	MediatorGuide Kind = "conducteur_mediateur" // how to run the lesson
	Video         Kind = "video"
	QuizKind      Kind = "quiz"
	GameKind      Kind = "jeu"
)

// Kinds returns the seven kinds in their usual order.
func Kinds() []Kind {
	return []Kind{Memo, Tuto, LearnerGuide, MediatorGuide, Video, QuizKind, GameKind}
}

// Slot says whether an asset is there.
type Slot struct {
	Kind    Kind
	Present bool
}

// Slots returns the seven slots, missing ones included.
func (l *Lesson) Slots() []Slot {
	slots := make([]Slot, 0, 7)
	for _, k := range Kinds() {
		slots = append(slots, Slot{k, l.Has(k)})
	}
	return slots
}

// Has says whether the lesson has an asset of this kind.
func (l *Lesson) Has(k Kind) bool {
	switch k {
	case Video:
		return l.Assets[Video] != ""
	case QuizKind:
		return l.Quiz != nil
	case GameKind:
		return l.Game != nil
	}
	_, ok := l.Texts[k]
	return ok
}

// Length is how long the lesson takes with a group.
func (l *Lesson) Length() time.Duration { return time.Duration(l.Minutes) * time.Minute }

// Picture finds a picture by its file name.
func (l *Lesson) Picture(name string) (Picture, bool) {
	p, ok := l.pictures[name]
	return p, ok
}

// Tracks are the captions of the video, those in the lesson's own language
// first.
func (l *Lesson) Tracks() []Track { return l.captions }

// VideoFor is the video that speaks the language of a wish, or else the lesson's
// own. The lesson has one.
func (l *Lesson) VideoFor(w Wish) Track {
	for _, t := range l.videos {
		if t.Lang == w.Lang {
			return t
		}
	}
	return Track{l.Own(), l.Assets[Video]}
}

// Media says whether name is the video, captions of it, or a recording
// ("audio/1.ogg"): what OpenMedia opens.
func (l *Lesson) Media(name string) bool {
	is := func(t Track) bool { return t.File == name }
	return name != "" && (name == l.Assets[Video] || l.audio[name] || slices.ContainsFunc(l.captions, is) || slices.ContainsFunc(l.videos, is))
}

// OpenMedia opens what Media says there is. The caller closes it.
func (l *Lesson) OpenMedia(name string) (io.ReadSeekCloser, error) { return l.media(name) }

// MediaType is the media type of a picture, video or captions file by its name,
// whatever the machine knows of file names; "" for other files.
func MediaType(name string) string { return fileKinds()[path.Ext(name)] }

// PictureURL is the address that texts of lesson id use for a picture.
func PictureURL(id, name string) string { return "/lecon/" + id + "/image/" + name }

// AudioURL is the address of a recording of lesson id.
func AudioURL(id, name string) string { return "/lecon/" + id + "/audio/" + name }
