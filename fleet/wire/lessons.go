package wire

import (
	"regexp"
	"slices"
)

// LessonsTarget and LessonsFolder are where a tenant's signed data lists its
// lesson packs, and where the packs are: one zip each, named by its hash.
const (
	LessonsTarget = "lessons.json"
	LessonsFolder = "lessons"
)

// Lessons is the signed list of a tenant's lesson packs.
type Lessons struct {
	V       int      `json:"v"` // 1
	Lessons []Lesson `json:"lessons"`
}

// Lesson is one published pack.
type Lesson struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Version    int      `json:"version"`
	Hash       string   `json:"sha256"`         // of names and contents, as device/lesson adds them up
	Accessible bool     `json:"accessible"`     // it passed the gate for being called so
	Kits       []string `json:"kits,omitempty"` // for these kits only; none: for all
}

// maxLessons is more packs than a station looks at.
const maxLessons = 500

var (
	lessonID  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	lessonSum = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Check implements [Message].
func (m *Lessons) Check() error {
	if m.V != 1 || len(m.Lessons) > maxLessons {
		return malformed("lessons")
	}
	for _, l := range m.Lessons {
		if !lessonID.MatchString(l.ID) || !lessonSum.MatchString(l.Hash) || len(l.Kits) > 200 {
			return malformed("lesson")
		}
		if err := short(append([]string{l.Title}, l.Kits...)...); err != nil {
			return err
		}
	}
	return nil
}

// For is the packs that a station of a kit should have.
func (m *Lessons) For(kit string) []Lesson {
	var list []Lesson
	for _, l := range m.Lessons {
		if len(l.Kits) == 0 || slices.Contains(l.Kits, kit) {
			list = append(list, l)
		}
	}
	return list
}

// Target is the name of a pack below its tenant's prefix.
func (l Lesson) Target() string { return LessonsFolder + "/" + l.Hash + ".zip" }

// CyclesFolder is where a tenant's signed data has its cycles of lessons.
const CyclesFolder = "cycles"

// CycleTarget is the name of a cycle below its tenant's prefix.
func CycleTarget(id string) string { return CyclesFolder + "/" + id + ".json" }
