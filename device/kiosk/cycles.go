package kiosk

import (
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/cycle"
	"github.com/mallette-kit/mallette/fleet/level"
)

// Cycles is the pages where a mediator makes courses of lessons. Mediator and
// Book are required.
type Cycles struct {
	Mediator *Mediator // whose door guards the pages; mounted before
	Book     *cycle.Book
	Stick    Stick // nil: none can be plugged in

	*Server
}

const cyclesRoot = "/mediateur/cycles"

// Mount implements [Part].
func (c *Cycles) Mount(s *Server) {
	c.Server = s
	for pattern, h := range c.routes() {
		s.Handle(pattern, c.Mediator.orAsked(h))
	}
}

func (c *Cycles) routes() map[string]Handler {
	return map[string]Handler{
		"GET " + cyclesRoot:                       c.list,
		"POST " + cyclesRoot:                      c.create,
		"POST " + cyclesRoot + "/cle":             c.take,
		"GET " + cyclesRoot + "/{id}":             c.edit,
		"POST " + cyclesRoot + "/{id}":            c.save,
		"POST " + cyclesRoot + "/{id}/lecon":      c.add,
		"POST " + cyclesRoot + "/{id}/ordre":      c.order,
		"POST " + cyclesRoot + "/{id}/aujourdhui": c.today,
		"POST " + cyclesRoot + "/{id}/supprimer":  c.remove,
		"POST " + cyclesRoot + "/{id}/cle":        c.carry,
		"GET " + cyclesRoot + "/{id}/guide":       c.guide,
		"GET " + cyclesRoot + "/{id}/cycle.json":  c.file,
	}
}

// cyclesPage is all cycles of the station.
type cyclesPage struct {
	frame
	Cycles  []listedCycle
	Stick   []cycle.Cycle
	Problem string
}

type listedCycle struct {
	cycle.Listed
	Next string // title of the lesson it goes on with; "" when it is over
}

func (c *Cycles) list(w http.ResponseWriter, r *http.Request) error {
	return c.showList(w, r, http.StatusOK, "")
}

func (c *Cycles) showList(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	page := cyclesPage{frame: c.Mediator.frame(r, "cycles"), Problem: problem}
	for _, l := range c.Book.List() {
		listed := listedCycle{Listed: l}
		if n := c.Book.Next(l.ID); n < len(l.Items) {
			listed.Next = l.Items[n].Title
		}
		page.Cycles = append(page.Cycles, listed)
	}
	lookAt(r.Context(), c.Stick, func(dir string) { page.Stick = cycle.OnStick(dir) })
	return c.Render(w, r, status, "mediator/cycles", page)
}

func (c *Cycles) create(w http.ResponseWriter, r *http.Request) error {
	made, err := c.Book.Create(cycle.Cycle{Title: strings.TrimSpace(r.PostForm.Get("titre")), Authors: nil})
	if problem := cycleProblem(err); problem != "" {
		return c.showList(w, r, http.StatusUnprocessableEntity, problem)
	}
	if err != nil {
		return err
	}
	return SeeOther(w, r, cyclesRoot+"/"+made.ID)
}

// take keeps a cycle from the stick.
func (c *Cycles) take(w http.ResponseWriter, r *http.Request) error {
	id := r.PostForm.Get("cycle")
	err := cycle.ErrUnknown
	if c.Stick != nil {
		err = c.Stick.Use(r.Context(), func(dir string) error { return c.Book.Take(id, dir) })
	}
	if problem := cycleProblem(err); problem != "" {
		return c.showList(w, r, http.StatusUnprocessableEntity, problem)
	}
	if err != nil {
		return err
	}
	return SeeOther(w, r, cyclesRoot+"/"+id)
}

// cyclePage is one cycle being made.
type cyclePage struct {
	frame
	Cycle     cycle.Listed
	Met       []cycle.Met
	Next      int // number of the lesson it goes on with
	Audiences []level.Term
	Levels    []level.Term
	Lessons   []*lesson.Lesson
	Seen      string // the lessons in the order of the page's fields
	Material  string
	Needed    []string
	Stick     bool
	Problem   string
	Done      string // what has just been done
}

func (c *Cycles) of(r *http.Request) (cycle.Listed, error) {
	found, err := c.Book.Get(r.PathValue("id"))
	if err != nil {
		return found, ErrNotFound
	}
	return found, nil
}

func (c *Cycles) edit(w http.ResponseWriter, r *http.Request) error {
	found, err := c.of(r)
	if err != nil {
		return err
	}
	return c.show(w, r, http.StatusOK, "mediator/cycle", found, "")
}

func (c *Cycles) show(w http.ResponseWriter, r *http.Request, status int, page string, found cycle.Listed, problem string) error {
	data := c.page(r, found)
	data.Problem = problem
	return c.Render(w, r, status, page, data)
}

func (c *Cycles) page(r *http.Request, found cycle.Listed) cyclePage {
	all := c.Catalogue.Lessons()
	return cyclePage{
		frame: c.Mediator.frame(r, "cycles"), Cycle: found, Met: found.Against(c.Catalogue), Next: c.Book.Next(found.ID) + 1,
		Audiences: terms(all, func(l *lesson.Lesson) []string { return l.Audiences }, level.Audience),
		Levels:    levelTerms(), Lessons: all, Seen: orderOf(found.Cycle), Material: strings.Join(found.Material, "\n"), Needed: found.Needed(c.Catalogue),
		Stick: c.Stick != nil,
	}
}

func levelTerms() []level.Term {
	var list []level.Term
	for _, l := range level.Levels() {
		list = append(list, level.Term{Code: string(l), Label: l.Label()})
	}
	return list
}

// changed keeps a change and shows the page again, at the place of the change.
func (c *Cycles) changed(w http.ResponseWriter, r *http.Request, place string, amend func(*cycle.Cycle) error) error {
	found, err := c.of(r)
	if err != nil {
		return err
	}
	err = c.Book.Change(found.ID, amend)
	if problem := cycleProblem(err); problem != "" {
		return c.show(w, r, http.StatusUnprocessableEntity, "mediator/cycle", found, problem)
	}
	if err != nil {
		return err
	}
	return SeeOther(w, r, cyclesRoot+"/"+found.ID+place)
}

func (c *Cycles) add(w http.ResponseWriter, r *http.Request) error {
	l, ok := c.Catalogue.Lesson(r.PostForm.Get("lecon"))
	if !ok {
		return ErrBadForm
	}
	return c.changed(w, r, "#ordre", func(next *cycle.Cycle) error {
		next.Add(l)
		return nil
	})
}

// order moves or removes a lesson: one button each, for keyboard and switch.
func (c *Cycles) order(w http.ResponseWriter, r *http.Request) error {
	i, err := strconv.Atoi(r.PostForm.Get("n"))
	if err != nil {
		return ErrBadForm
	}
	at := i
	return c.changed(w, r, "#l"+strconv.Itoa(at), func(next *cycle.Cycle) error {
		switch r.PostForm.Get("geste") {
		case "haut":
			next.Move(i, i-1)
		case "bas":
			next.Move(i, i+1)
		case "retirer":
			next.Remove(i)
		default:
			return cycle.ErrFormat
		}
		return nil
	})
}

// today makes a lesson of the cycle today's, and the one after it the next.
func (c *Cycles) today(w http.ResponseWriter, r *http.Request) error {
	found, err := c.of(r)
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(r.PostForm.Get("n"))
	if err != nil || i < 0 || i >= len(found.Items) {
		return ErrBadForm
	}
	day := c.Mediator.Days.Day()
	id := found.Items[i].Lesson
	_, here := c.Catalogue.Lesson(id)
	switch {
	case !here:
		return c.show(w, r, http.StatusConflict, "mediator/cycle", found, "Cette leçon n’est pas sur ce poste.")
	case !day.Open:
		return c.show(w, r, http.StatusConflict, "mediator/cycle", found, "Ouvrez d’abord la journée : la leçon du jour lui appartient.")
	}
	day.Lessons = append([]string{id}, slices.DeleteFunc(slices.Clone(day.Lessons), func(other string) bool { return other == id })...)
	day.Lessons = day.Lessons[:min(len(day.Lessons), 6)]
	if err := errors.Join(c.Mediator.Days.AmendDay(day), c.Book.SetNext(found.ID, i+1)); err != nil {
		return err
	}
	return SeeOther(w, r, "/mediateur")
}

func (c *Cycles) remove(w http.ResponseWriter, r *http.Request) error {
	err := c.Book.Remove(r.PathValue("id"))
	if problem := cycleProblem(err); problem != "" {
		return c.showList(w, r, http.StatusConflict, problem)
	}
	if err != nil {
		return err
	}
	return SeeOther(w, r, cyclesRoot)
}

// carry writes the cycle on the stick.
func (c *Cycles) carry(w http.ResponseWriter, r *http.Request) error {
	found, err := c.of(r)
	if err != nil {
		return err
	}
	if c.Stick == nil || c.Stick.Use(r.Context(), func(dir string) error { return c.Book.Carry(found.ID, dir) }) != nil {
		return c.show(w, r, http.StatusConflict, "mediator/cycle", found, "La clé USB ne répond pas. Branchez-la, attendez quelques secondes, puis recommencez.")
	}
	page := c.page(r, found)
	page.Done = "Le cycle est copié sur la clé."
	return c.Render(w, r, http.StatusOK, "mediator/cycle", page)
}

// guide is the whole cycle on paper.
func (c *Cycles) guide(w http.ResponseWriter, r *http.Request) error {
	found, err := c.of(r)
	if err != nil {
		return err
	}
	return c.show(w, r, http.StatusOK, "mediator/guide", found, "")
}

// file is the cycle as others can take it.
func (c *Cycles) file(w http.ResponseWriter, r *http.Request) error {
	found, err := c.of(r)
	if err != nil {
		return err
	}
	raw, err := found.Encode()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+found.ID+`.json"`)
	_, _ = w.Write(raw)
	return nil
}

// cycleProblem is what a mediator can do about an error; "" for others.
func cycleProblem(err error) string {
	switch {
	case errors.Is(err, cycle.ErrFormat):
		return "Il faut un titre d’au plus 80 signes, et des notes d’au plus une page."
	case errors.Is(err, cycle.ErrFull):
		return "Ce poste garde déjà 200 cycles. Retirez-en un d’abord."
	case errors.Is(err, cycle.ErrSigned):
		return "Ce cycle vient de votre coordination : il ne s’enlève pas d’ici. Vous pouvez le changer, le vôtre prendra sa place."
	case errors.Is(err, cycle.ErrUnknown), errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrNoStick), errors.Is(err, ErrStickUnread):
		return "Ce cycle n’est plus sur la clé. Rebranchez-la, puis recommencez."
	case errors.Is(err, ErrStickBusy):
		return stickProblem(err)
	}
	return ""
}

// FromLabel is the level of those who come.
func (p cyclePage) FromLabel() string { return level.Level(p.Cycle.From).Label() }

// ToLabel is the level of those who leave.
func (p cyclePage) ToLabel() string { return level.Level(p.Cycle.To).Label() }

// For is for whom the cycle is.
func (p cyclePage) For() string { return labels(p.Cycle.Audiences, level.Audience) }

// Has says whether the cycle is for an audience.
func (p cyclePage) Has(code string) bool { return slices.Contains(p.Cycle.Audiences, code) }

// Guide is the mediator's guide of a lesson; its title is empty when there is
// none.
func (p cyclePage) Guide(l *lesson.Lesson) lesson.Text { return l.Texts[lesson.MediatorGuide] }
