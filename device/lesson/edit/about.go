package edit

import (
	"path"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
)

// aboutOf is a description as a form shows it.
func aboutOf(m lesson.Meta) About {
	a := About{
		Title: m.Title, Summary: m.Summary, Minutes: strconv.Itoa(m.Minutes),
		Objectives: strings.Join(m.Objectives, "\n"), Material: strings.Join(m.Material, "\n"),
	}
	if m.Cover != "" {
		a.Cover = path.Base(m.Cover)
	}
	var words []string
	for _, w := range m.Words {
		words = append(words, w.Term+" : "+w.Meaning)
	}
	a.Words = strings.Join(words, "\n")
	return a
}

// SetAbout takes what a form says of the lesson. seen is the [Draft.Seen] of
// the form; see [ErrStale].
func (d *Draft) SetAbout(seen string, a About) error {
	a = About{clean(a.Title), clean(a.Summary), clean(a.Minutes), clean(a.Objectives), clean(a.Words), clean(a.Material), clean(a.Cover)}
	if seen != d.SeenAbout() && a != d.About {
		return ErrStale
	}
	d.About = a
	delete(d.Jots, AboutPage)
	return nil
}

// SeenAbout stands for what the lesson says of itself now.
func (d Draft) SeenAbout() string {
	a := d.About
	return seen(a.Title, a.Summary, a.Minutes, a.Objectives, a.Words, a.Material, a.Cover)
}

// meta is the lesson.yaml of the draft, right or wrong. What nobody changed
// stays as it was written.
func (d Draft) meta() lesson.Meta {
	m := d.base()
	was, is := aboutOf(m), d.About
	m.StepFiles, m.Assets = d.Steps, d.Assets
	if is.Minutes != was.Minutes {
		m.Minutes, _ = strconv.Atoi(strings.TrimSpace(is.Minutes))
	}
	m.Title, m.Summary = strings.TrimSpace(is.Title), strings.TrimSpace(is.Summary)
	if is.Objectives != was.Objectives {
		m.Objectives = lines(is.Objectives)
	}
	if is.Material != was.Material {
		m.Material = lines(is.Material)
	}
	if is.Words != was.Words {
		m.Words = wordsOf(is.Words)
	}
	if is.Cover != was.Cover {
		m.Cover = cover(is.Cover)
	}
	m.Translations = still(m.Translations, was, is)
	return m
}

func cover(name string) string {
	if name == "" {
		return ""
	}
	return "images/" + path.Base(name)
}

// still keeps of a translation what still says the same as the original.
func still(all map[string]lesson.Translation, was, is About) map[string]lesson.Translation {
	kept := map[string]lesson.Translation{}
	for lang, t := range all {
		if is.Title != was.Title && is.Title != was.Title+adapted {
			t.Title = ""
		}
		if is.Summary != was.Summary {
			t.Summary = ""
		}
		if is.Objectives != was.Objectives {
			t.Objectives = nil
		}
		if is.Words != was.Words {
			t.Words = nil
		}
		kept[lang] = t
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// lines are those of a text that say something.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// wordsOf reads one word a line: "Le pointeur : la petite flèche".
func wordsOf(text string) []lesson.Word {
	var list []lesson.Word
	for _, line := range lines(text) {
		term, meaning, found := strings.Cut(line, " : ")
		if !found {
			term, meaning, _ = strings.Cut(line, ":")
		}
		list = append(list, lesson.Word{Term: strings.TrimSpace(term), Meaning: strings.TrimSpace(meaning)})
	}
	return list
}

// Unsaid is the line, from 1, of the first word that has no meaning; 0 when
// each has one.
func (a About) Unsaid() int {
	n := 0
	for line := range strings.Lines(a.Words) {
		n++
		if word := wordsOf(line); len(word) == 1 && (word[0].Term == "" || word[0].Meaning == "") {
			return n
		}
	}
	return 0
}
