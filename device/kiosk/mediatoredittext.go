package kiosk

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/lesson/edit"
)

// textPage is one text with its easy-to-read twin beside it.
type textPage struct {
	frame
	ID, File, Place string
	Kind            lesson.Kind
	Lang            string
	Words, Easy     string // as they stand in the fields
	Kept, KeptEasy  string // what is kept, when somebody else changed it
	Stale           bool
	Seen            string
	Faults          []textFault
	Held            bool // the lesson is not shown as it is kept
	Images          []edit.Image
	Pictures        []string
	Before, After   string // addresses of the steps around it
	Done            string
	Unsaved         bool   // the words are what was typed and not saved
	Problem         string // why nothing was kept
}

// textFault is something to repair, where it is.
type textFault struct {
	Text, Field string
	Line        int
	Quoted      string
}

func (e *Edits) text(w http.ResponseWriter, r *http.Request) error {
	d, _, err := e.Book.Get(r.PathValue("id"))
	if err != nil {
		return notHere(err)
	}
	file := r.PathValue("file")
	words, easy, jotted := jotOf(d, file)
	if jotted && d.Jots[file].Seen != d.Seen(file) {
		return e.stale(w, r, http.StatusOK, words, easy)
	}
	return e.showText(w, r, http.StatusOK, func(p *textPage) {
		p.Words, p.Easy, p.Unsaved = words, easy, jotted
		p.Done = doneWords(r.URL.Query().Get("fait"))
	})
}

// jotOf is what stands in the fields of a text: what was typed last, saved or
// not.
func jotOf(d edit.Draft, file string) (words, easy string, jotted bool) {
	kept, keptEasy := d.Texts[file], d.Texts[d.Twin(file)]
	j, there := d.Jots[file]
	if !there {
		return kept, keptEasy, false
	}
	words, easy = withPictures(formOf(j)), j.Fields["facile"]
	return words, easy, words != kept || easy != keptEasy
}

// showText shows a text; fill says what stands in the fields.
func (e *Edits) showText(w http.ResponseWriter, r *http.Request, status int, fill func(*textPage)) error {
	id, file := r.PathValue("id"), r.PathValue("file")
	d, held, err := e.Book.Get(id)
	if err != nil {
		return notHere(err)
	}
	if !d.Edits(file) {
		return ErrNotFound
	}
	files, done, err := e.Book.Files(id)
	if err != nil {
		return notHere(err)
	}
	defer done()
	p := textPage{
		frame: e.Mediator.frame(r, "catalogue"), ID: id, File: file, Place: placeInLesson(d, file), Kind: d.Kind(file), Lang: d.Lang(),
		Seen: d.Seen(file), Held: held, Faults: faultsOf(d, files, file), Pictures: picturesOf(files),
	}
	for i, s := range d.Steps {
		if s == file && i > 0 {
			p.Before = textURL(id, d.Steps[i-1])
		}
		if s == file && i+1 < len(d.Steps) {
			p.After = textURL(id, d.Steps[i+1])
		}
	}
	fill(&p)
	p.Images = edit.Images(p.Words)
	return e.Render(w, r, status, "mediator/edittext", p)
}

// faultsOf is what stops a text from being published, where it is.
func faultsOf(d edit.Draft, files fs.FS, file string) []textFault {
	var list []textFault
	if d.Kind(file) == lesson.QuizKind {
		list = quizFaults(d, files, file)
	}
	known := len(list) > 0
	for _, f := range check.Files(d.ID, files).Findings {
		at, field := textOf(d, f.File)
		if f.Severity == check.Publication && at == file && !(known && f.Rule == "refus") {
			list = append(list, textFault{f.Text, field, f.Line, lineOf(d.Texts[f.File], f.Line)})
		}
	}
	return list
}

// quizFaults is what cannot be understood in a quiz and in its twin.
func quizFaults(d edit.Draft, files fs.FS, quiz string) []textFault {
	var list []textFault
	for field, file := range map[string]string{"texte": quiz, "facile": d.Twin(quiz)} {
		if _, there := d.Texts[file]; !there {
			continue
		}
		for _, f := range edit.QuizFaults(d, files, file) {
			list = append(list, textFault{quizWords(f), field, f.Line, lineOf(d.Texts[file], f.Line)})
		}
	}
	return list
}

// saveText keeps what was typed, whether or not people can be shown it.
func (e *Edits) saveText(w http.ResponseWriter, r *http.Request) error {
	id, file, f := r.PathValue("id"), r.PathValue("file"), r.PostForm
	if g := f.Get("geste"); g == jotting || g == forgetting {
		return e.jot(w, r, file, textURL(id, file))
	}
	words, easy := withPictures(f), f.Get("facile")
	err := e.Book.Change(id, func(d *edit.Draft) error { return d.SetText(file, f.Get("vu"), words, easy) })
	switch {
	case err == nil:
		e.Reload(r.Context())
	case errors.Is(err, edit.ErrHeld): // the page says what to repair
	case errors.Is(err, edit.ErrStale):
		return e.stale(w, r, http.StatusConflict, words, easy)
	case errors.Is(err, edit.ErrUnknown):
		return ErrNotFound
	default:
		e.Log.Error("lesson text not kept", "err", err)
		return e.unkept(w, r, err, words, easy)
	}
	return SeeOther(w, r, afterText(f, id, file))
}

// afterText is where the button that was pressed leads.
func afterText(f url.Values, id, file string) string {
	if f.Get("geste") == "fini" {
		return editsRoot + "/" + id + "?fait=garde"
	}
	return textURL(id, file) + "?fait=garde"
}

// unkept shows what could not be kept, to try again.
func (e *Edits) unkept(w http.ResponseWriter, r *http.Request, err error, words, easy string) error {
	return e.showText(w, r, http.StatusInsufficientStorage, func(p *textPage) {
		p.Faults, p.Words, p.Easy, p.Problem = nil, words, easy, unkeptWords(err)
	})
}

// stale shows both texts: what is kept, and what was typed here.
func (e *Edits) stale(w http.ResponseWriter, r *http.Request, status int, words, easy string) error {
	d, _, err := e.Book.Get(r.PathValue("id"))
	if err != nil {
		return notHere(err)
	}
	file := r.PathValue("file")
	return e.showText(w, r, status, func(p *textPage) {
		p.Stale, p.Faults = true, nil
		p.Words, p.Easy, p.Kept, p.KeptEasy = words, easy, d.Texts[file], d.Texts[d.Twin(file)]
	})
}

// maxImages is more pictures than a text shows.
const maxImages = 60

// withPictures is the text of a form with what its picture fields change.
func withPictures(f url.Values) string {
	words := f.Get("texte")
	for i := range maxImages {
		n := strconv.Itoa(i)
		mark := f.Get("marque" + n)
		if mark == "" {
			break
		}
		was := edit.Images(mark)
		to := edit.Image{Alt: f.Get("alt" + n), File: f.Get("image" + n)}
		if len(was) == 1 && to.File != "" && (to.Alt != was[0].Alt || to.File != was[0].File) {
			words = edit.SetImage(words, mark, to)
		}
	}
	if file := f.Get("nouvelle"); file != "" {
		words = edit.AddImage(words, edit.Image{Alt: f.Get("montre"), File: file})
	}
	return words
}
