package edit

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
)

// SeenOrder stands for the steps and their order as they are now.
func (d Draft) SeenOrder() string { return seen(d.Steps...) }

// AddStep puts a new step after place n (0: first) and returns its file. It
// fails with [ErrFull] when there are as many as a lesson may have.
func (d *Draft) AddStep(n int, title string) (string, error) {
	if len(d.Steps) >= maxSteps {
		return "", ErrFull
	}
	title = strings.Join(strings.Fields(clean(title)), " ")
	file := d.free("etapes/etape", ".md")
	d.Texts[file] = "# " + cmp.Or(title, "Nouvelle étape") + "\n\n"
	d.Steps = slices.Insert(slices.Clone(d.Steps), min(max(n, 0), len(d.Steps)), file)
	return file, nil
}

// free is a name that no file of the lesson has, or had.
func (d Draft) free(stem, ending string) string {
	for n := len(d.Steps) + 1; ; n++ {
		name := stem + "-" + strconv.Itoa(n) + ending
		_, taken := d.Texts[name]
		if !taken && !slices.Contains(d.Gone, recordings(name)) {
			return name
		}
	}
}

// MoveStep puts step i (from 0) where step j is; places that are not there
// change nothing.
func (d *Draft) MoveStep(i, j int) {
	if i < 0 || j < 0 || i >= len(d.Steps) || j >= len(d.Steps) {
		return
	}
	file := d.Steps[i]
	d.Steps = slices.Insert(slices.Delete(slices.Clone(d.Steps), i, i+1), j, file)
}

// RemoveStep takes a step away with its twin, translations and recordings. It
// fails with [ErrLast] for the only one.
func (d *Draft) RemoveStep(i int) error {
	switch {
	case i < 0 || i >= len(d.Steps):
		return ErrUnknown
	case len(d.Steps) == 1:
		return ErrLast
	}
	file := d.Steps[i]
	d.Steps = slices.Delete(slices.Clone(d.Steps), i, i+1)
	d.dropOthers(file)
	d.setTwin(d.Twin(file), "")
	delete(d.Texts, file)
	return nil
}

// AddAsset begins a text that the lesson lacks, with words to start from, and
// returns its file. It fails with [ErrUnknown] for what is there or is no text.
func (d *Draft) AddAsset(kind lesson.Kind, words string) (string, error) {
	names := map[lesson.Kind]string{
		lesson.Memo: "memo", lesson.Tuto: "tuto", lesson.LearnerGuide: "conducteur-apprenant",
		lesson.MediatorGuide: "conducteur-mediateur", lesson.QuizKind: "quiz",
	}
	name, ok := names[kind]
	if !ok || d.Assets[kind] != "" {
		return "", ErrUnknown
	}
	file := name + ".md"
	if _, taken := d.Texts[file]; taken {
		file = d.free(name, ".md")
	}
	if d.Assets == nil {
		d.Assets = map[lesson.Kind]string{}
	}
	d.Texts[file], d.Assets[kind] = clean(words), file
	return file, nil
}

// Title is the first heading of a text, or its file's name.
func (d Draft) Title(file string) string {
	for line := range strings.Lines(d.Texts[file]) {
		if title, ok := strings.CutPrefix(line, "# "); ok && strings.TrimSpace(title) != "" {
			return strings.TrimSpace(title)
		}
	}
	return strings.TrimSuffix(path.Base(file), path.Ext(file))
}
