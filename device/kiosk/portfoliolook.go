package kiosk

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/portfolio"
	"github.com/mallette-kit/mallette/fleet/level"
)

// traits are asked after the gestures, by the names under which pages know
// their words.
var traits = []string{"equipment", "learning", "french"}

// maxOffered is how many lessons a look offers: more would be a choice again.
const maxOffered = 3

// lookView is one question of the look.
type lookView struct {
	N, Of   int
	Name    string // of the gesture or the trait
	Trait   bool
	Answers []uint8 // 1 to 3 or 4
	Said    uint8
}

func questions() int { return len(portfolio.Gestures()) + len(traits) }

// begin says what the look is, and that it can be left at any time.
func (p *Portfolio) begin(w http.ResponseWriter, r *http.Request) error {
	return p.Render(w, r, http.StatusOK, "card/look", nil)
}

func (p *Portfolio) ask(w http.ResponseWriter, r *http.Request) error {
	n, err := questionOf(r)
	if err != nil {
		return err
	}
	return p.Render(w, r, http.StatusOK, "card/question", p.question(n))
}

func questionOf(r *http.Request) (int, error) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 || n > questions() {
		return 0, ErrNotFound
	}
	return n, nil
}

func (p *Portfolio) question(n int) lookView {
	h, gestures := p.now(), portfolio.Gestures()
	v := lookView{N: n, Of: questions(), Answers: []uint8{1, 2, 3}}
	if n <= len(gestures) {
		v.Name, v.Answers = gestures[n-1], append(v.Answers, 4)
		if n <= len(h.answers) {
			v.Said = uint8(h.answers[n-1])
		}
		return v
	}
	at := n - len(gestures) - 1
	v.Name, v.Trait, v.Said = traits[at], true, *h.trait(at)
	return v
}

func (h *held) trait(at int) *uint8 {
	t := &h.card.Traits
	return []*uint8{&t.Equipment, &t.Learning, &t.French}[at]
}

// answer keeps an answer, or that none is given, and goes on.
func (p *Portfolio) answer(w http.ResponseWriter, r *http.Request) error {
	n, err := questionOf(r)
	if err != nil {
		return err
	}
	said, err := strconv.ParseUint(r.PostForm.Get("reponse"), 10, 8)
	if err != nil || int(said) > len(p.question(n).Answers) {
		said = 0
	}
	p.alter(func(h *held) { h.answer(n, uint8(said)) })
	if r.PostForm.Has("arreter") || n == questions() {
		return SeeOther(w, r, lookRoot+"/bilan")
	}
	return SeeOther(w, r, lookRoot+"/"+strconv.Itoa(n+1))
}

func (h *held) answer(n int, said uint8) {
	gestures := len(portfolio.Gestures())
	if n > gestures {
		*h.trait(n - gestures - 1) = said
		return
	}
	if h.answers == nil {
		h.answers = make([]portfolio.Ease, gestures)
	}
	h.answers[n-1] = portfolio.Ease(said)
	if l := portfolio.Level(h.answers); l != "" {
		h.card.Look(l)
	}
}

// result says where to begin; there is no mark in it.
func (p *Portfolio) result(w http.ResponseWriter, r *http.Request) error {
	h := p.now()
	wanting := portfolio.Wanting(h.answers)
	return p.Render(w, r, http.StatusOK, "card/result", map[string]any{
		"Said": slices.ContainsFunc(h.answers, func(a portfolio.Ease) bool { return a != portfolio.Unsaid }), "Wanting": wanting,
		"Lessons": p.offered(wanting, portfolio.Level(h.answers)), "Strong": strong(h.answers),
	})
}

// strong are the gestures that the person does alone or shows others.
func strong(answers []portfolio.Ease) (gestures []string) {
	for i, g := range portfolio.Gestures() {
		if i < len(answers) && answers[i] >= portfolio.Alone {
			gestures = append(gestures, g)
		}
	}
	return gestures
}

// offered are lessons about what the person would rather have help with, those
// of the level first.
func (p *Portfolio) offered(wanting []string, at level.Level) (lessons []*lesson.Lesson) {
	for _, fits := range []bool{true, false} {
		for _, g := range wanting {
			for _, l := range p.Catalogue.Lessons() {
				if len(lessons) < maxOffered && slices.Contains(l.Levels, string(at)) == fits && teaches(l, g) && !slices.Contains(lessons, l) {
					lessons = append(lessons, l)
				}
			}
		}
	}
	return lessons
}

func teaches(l *lesson.Lesson, gesture string) bool {
	return slices.ContainsFunc(portfolio.ThemesOf(gesture), func(t string) bool { return slices.Contains(l.Themes, t) })
}
