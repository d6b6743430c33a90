package kiosk

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/lesson/edit"
)

// editPage is one lesson being made.
type editPage struct {
	frame
	ID        string
	Draft     edit.Draft
	Held      bool // what was typed last is not shown
	Steps     []editText
	Pieces    []editText
	Report    check.Report
	Must      []editFinding // before it can be published, or shown
	Should    []editFinding // before it can be called accessible
	Could     []editFinding // advice
	Stick     bool
	Done      string
	Problem   string
	Presented string     // address of what it says of itself
	Jotted    []editText // pages with words that were not saved
}

// editText is a text of the lesson, there or missing.
type editText struct {
	I     int // of a step, from 0
	Kind  lesson.Kind
	File  string // "": missing
	Title string
	URL   string
	Twin  bool // it has an easy-to-read twin
	Begin bool // it can be begun here
}

func textURL(id, file string) string { return editsRoot + "/" + id + "/texte/" + file }

func (e *Edits) lesson(w http.ResponseWriter, r *http.Request) error {
	return e.showLesson(w, r, http.StatusOK, "")
}

func (e *Edits) showLesson(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	id := r.PathValue("id")
	d, held, err := e.Book.Get(id)
	if err != nil {
		return notHere(err)
	}
	page := editPage{
		frame: e.Mediator.frame(r, "catalogue"), ID: id, Draft: d, Held: held, Stick: e.Stick != nil,
		Done: doneWords(r.URL.Query().Get("fait")), Problem: problem, Presented: editsRoot + "/" + id + "/presentation",
		Steps: stepsOf(id, d), Pieces: piecesOf(id, d), Jotted: jotted(d),
	}
	if err := e.judge(&page); err != nil {
		return err
	}
	return e.Render(w, r, status, "mediator/edit", page)
}

// judge asks the gate.
func (e *Edits) judge(page *editPage) error {
	files, done, err := e.Book.Files(page.ID)
	if err != nil {
		return notHere(err)
	}
	defer done()
	page.Report = check.Files(page.ID, files)
	for _, f := range page.Report.Findings {
		found := findingOf(page.ID, page.Draft, f)
		switch f.Severity {
		case check.Publication:
			page.Must = append(page.Must, found)
		case check.Accessible:
			page.Should = append(page.Should, found)
		default:
			page.Could = append(page.Could, found)
		}
	}
	if quiz := page.Draft.Assets[lesson.QuizKind]; page.Held && quiz != "" {
		for _, f := range quizFaults(page.Draft, files, quiz) {
			page.Must = slices.Insert(page.Must, 0, editFinding{f.Text, placeInLesson(page.Draft, quiz), textURL(page.ID, quiz) + "#texte"})
		}
	}
	return nil
}

func stepsOf(id string, d edit.Draft) []editText {
	var list []editText
	for i, file := range d.Steps {
		_, twin := d.Texts[d.Twin(file)]
		list = append(list, editText{I: i, File: file, Title: d.Title(file), URL: textURL(id, file), Twin: twin})
	}
	return list
}

// piecesOf are the seven kinds; those that are texts can be edited or begun.
func piecesOf(id string, d edit.Draft) []editText {
	var list []editText
	for _, k := range lesson.Kinds() {
		p := editText{Kind: k, File: d.Assets[k], Begin: startOf(k) != ""}
		if d.Edits(p.File) {
			_, p.Twin = d.Texts[d.Twin(p.File)]
			p.Title, p.URL = d.Title(p.File), textURL(id, p.File)
		}
		list = append(list, p)
	}
	return list
}

// changed keeps a change of steps or pieces and shows the lesson again.
func (e *Edits) changed(w http.ResponseWriter, r *http.Request, change func(*edit.Draft) error, to func() string) error {
	id := r.PathValue("id")
	err := e.Book.Change(id, change)
	switch {
	case err == nil:
		e.Reload(r.Context())
	case errors.Is(err, edit.ErrHeld): // the page says what to repair
	case errors.Is(err, edit.ErrUnknown):
		return ErrNotFound
	case editProblem(err) != "":
		return e.showLesson(w, r, http.StatusConflict, editProblem(err))
	default:
		return err
	}
	return SeeOther(w, r, editsRoot+"/"+id+to())
}

// addStep begins a step and opens it.
func (e *Edits) addStep(w http.ResponseWriter, r *http.Request) error {
	after, err := strconv.Atoi(r.PostForm.Get("apres"))
	if err != nil {
		return ErrBadForm
	}
	var file string
	return e.changed(w, r, func(d *edit.Draft) (err error) {
		file, err = d.AddStep(after, r.PostForm.Get("titre"))
		return err
	}, func() string { return "/texte/" + file })
}

// order moves or removes a step: one button each, for keyboard and switch.
func (e *Edits) order(w http.ResponseWriter, r *http.Request) error {
	i, err := strconv.Atoi(r.PostForm.Get("n"))
	if err != nil {
		return ErrBadForm
	}
	gesture := r.PostForm.Get("geste")
	if !slices.Contains([]string{"haut", "bas", "retirer"}, gesture) {
		return ErrBadForm
	}
	place := map[string]string{"haut": "?fait=ordre#e" + strconv.Itoa(i-1), "bas": "?fait=ordre#e" + strconv.Itoa(i+1), "retirer": "?fait=retiree#etapes"}
	return e.changed(w, r, func(d *edit.Draft) error {
		if r.PostForm.Get("vu") != d.SeenOrder() {
			return edit.ErrStale
		}
		switch gesture {
		case "haut":
			d.MoveStep(i, i-1)
		case "bas":
			d.MoveStep(i, i+1)
		default:
			return d.RemoveStep(i)
		}
		return nil
	}, func() string { return place[gesture] })
}

// addAsset begins a piece that is missing and opens it.
func (e *Edits) addAsset(w http.ResponseWriter, r *http.Request) error {
	kind := lesson.Kind(r.PostForm.Get("piece"))
	var file string
	return e.changed(w, r, func(d *edit.Draft) (err error) {
		file, err = d.AddAsset(kind, startOf(kind))
		return err
	}, func() string { return "/texte/" + file })
}

// startOf a text that is missing: something that can be shown already.
func startOf(kind lesson.Kind) string {
	switch kind {
	case lesson.Memo:
		return "# Mémo\n\nCe que je retiens.\n"
	case lesson.Tuto:
		return "# Refaire à la maison\n\nPour refaire, pas à pas.\n"
	case lesson.LearnerGuide:
		return "# Le fil de la leçon\n\nCe que nous allons faire.\n"
	case lesson.MediatorGuide:
		return "# Animer la leçon\n\nComment animer la séance.\n"
	case lesson.QuizKind:
		return "# Questions\n\n## Quelle est la question ?\n\n[(X)] La bonne réponse\n[( )] Une autre réponse\n[[?]] Un indice.\n***\nPourquoi c’est juste.\n***\n"
	}
	return ""
}

// picturesOf are the names of a lesson's pictures.
func picturesOf(files fs.FS) []string {
	entries, err := fs.ReadDir(files, "images")
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if strings.HasPrefix(lesson.MediaType(entry.Name()), "image/") && !entry.IsDir() {
			names = append(names, path.Base(entry.Name()))
		}
	}
	return names
}
