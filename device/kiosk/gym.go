package kiosk

import (
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/gym"
	"github.com/mallette-kit/mallette/device/portfolio"
)

// gymRoot is the page of every exercise; each has its own below it.
const gymRoot = "/gestes"

// gymView is one turn of an exercise, before or after an answer that needs
// another look. A turn that is done leads to the next one.
type gymView struct {
	Exercise *gym.Exercise
	At       gym.Step
	Turn     gym.Turn
	Missed   int
	Verdict  gym.Verdict // "" before an answer
	Answer   gym.Answer  // what the form held
	Say      template.HTML
	Pass     string // where the next turn is, for somebody who would rather go on
	Passed   bool   // the turn before was left out: nothing to praise
}

// Praise is which of the four praises opens the turn.
func (v gymView) Praise() int { return (v.At.Turn-2)%4 + 1 }

// readGym reads the exercises that kiosk-ui brings.
func readGym(files fs.FS) (*gym.Catalogue, error) {
	raw, err := fs.ReadFile(files, "gym/catalogue.json")
	if err != nil {
		return nil, fmt.Errorf("read exercises: %w", err)
	}
	return gym.Parse(raw)
}

// exercises is the page of all of them.
func (s *Server) exercises(w http.ResponseWriter, r *http.Request) error {
	return s.Render(w, r, http.StatusOK, "gym/list", map[string]any{"Groups": gym.Groups(), "Gym": s.gym})
}

func (s *Server) exerciseOf(r *http.Request) (*gym.Exercise, error) {
	e, ok := s.gym.Find(r.PathValue("id"))
	if !ok {
		return nil, ErrNotFound
	}
	return e, nil
}

func (s *Server) exercise(w http.ResponseWriter, r *http.Request) error {
	e, err := s.exerciseOf(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	return s.showTurn(w, r, gymView{Exercise: e, At: e.At(q.Get("tour"), q.Get("allure")), Passed: q.Has("passe")})
}

// practise judges one turn. Nothing of it is counted or kept: the place in the
// exercise is in the address, the misses are in the form.
func (s *Server) practise(w http.ResponseWriter, r *http.Request) error {
	e, err := s.exerciseOf(r)
	if err != nil {
		return err
	}
	f := r.PostForm
	v := gymView{
		Exercise: e, At: e.At(f.Get("tour"), f.Get("allure")), Missed: missed(f.Get("rates")),
		Answer: gym.Answer{Choice: f.Get("choix"), Thing: f.Get("chose"), Place: f.Get("lieu"), Text: f.Get("texte")},
	}
	v.Verdict = e.Judge(v.At, v.Answer)
	if v.Verdict == gym.Done {
		return SeeOther(w, r, afterTurn(e, v.At, v.Missed, url.Values{}))
	}
	v.Missed = missed(strconv.Itoa(v.Missed + 1))
	return s.showTurn(w, r, v)
}

// wellDone ends an exercise.
func (s *Server) wellDone(w http.ResponseWriter, r *http.Request) error {
	e, err := s.exerciseOf(r)
	if err != nil {
		return err
	}
	s.lived(func(c *portfolio.Card) { c.Gym = true })
	return s.Render(w, r, http.StatusOK, "gym/done", map[string]any{"Exercise": e, "After": s.gym.After(e)})
}

func (s *Server) showTurn(w http.ResponseWriter, r *http.Request, v gymView) (err error) {
	v.Turn = v.Exercise.Turn(v.At)
	v.Pass = afterTurn(v.Exercise, v.At, 2, url.Values{"passe": {"1"}})
	if v.Say, err = s.sayTurn(visitorOf(r).settings.lang(), v); err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, "gym/turn", v)
}

// sayTurn says what to do, with the words of the French screen marked as such.
func (s *Server) sayTurn(lang string, v gymView) (template.HTML, error) {
	what := v.Turn.Right
	if what == "" {
		what = v.Turn.Thing
	}
	if what == "" {
		what = v.Turn.Text
	}
	said, err := s.words.text(lang, "gym.say_"+v.Exercise.Manner(), "A", french(what), "B", french(v.Turn.Place), "C", french(v.Turn.Thing))
	if err != nil {
		return "", fmt.Errorf("say exercise: %w", err)
	}
	marked := strings.NewReplacer(frenchFrom, `<b class="what" lang="fr" dir="ltr">`, frenchTo, `</b>`)
	return template.HTML(marked.Replace(html.EscapeString(said))), nil
}

// frenchFrom and frenchTo stand around French words until they are marked.
const (
	frenchFrom = "\ue000"
	frenchTo   = "\ue001"
)

func french(words string) string { return frenchFrom + words + frenchTo }

// afterTurn is the address of what follows a turn; it adds to q.
func afterTurn(e *gym.Exercise, at gym.Step, missed int, q url.Values) string {
	next, more := e.Next(at, missed)
	if !more {
		return gymRoot + "/" + e.ID + "/bravo"
	}
	q.Set("tour", strconv.Itoa(next.Turn))
	q.Set("allure", strconv.Itoa(next.Pace))
	to := gymRoot + "/" + e.ID + "?" + q.Encode()
	if e.Kind == gym.Type || e.Kind == gym.Save {
		return to // the field takes the keyboard by itself
	}
	return to + "#exercice"
}

// missed reads how often a turn was missed, within reason.
func missed(text string) int {
	n, _ := strconv.Atoi(text)
	return min(max(n, 0), 9)
}
