package edit

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mallette-kit/mallette/device/lesson"
)

// clean is typed text as it is kept: one kind of line end, no sign that
// cannot be read.
func clean(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}

// seen stands for texts in a form, so that a change made meanwhile is noticed.
func seen(texts ...string) string {
	sum := sha256.New()
	for _, t := range texts {
		sum.Write([]byte(strconv.Itoa(len(t)) + ":" + t))
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// Twin is the file of the easy-to-read twin of a text.
func (d Draft) Twin(file string) string { return lesson.Wish{Easy: true}.File(file, d.Lang()) }

// Edits says whether a text of that file can be edited: a step or an asset
// that is a text.
func (d Draft) Edits(file string) bool {
	return slices.Contains(d.Steps, file) || d.Kind(file) != ""
}

// Kind is the kind of asset that a file is; "" for a step.
func (d Draft) Kind(file string) lesson.Kind {
	for _, k := range lesson.Kinds() {
		if d.Assets[k] == file && path.Ext(file) == ".md" {
			return k
		}
	}
	return ""
}

// Seen stands for a text and its twin as they are now.
func (d Draft) Seen(file string) string { return seen(d.Texts[file], d.Texts[d.Twin(file)]) }

// SetText takes the words of a text and those of its twin; an empty twin is
// none. as is the [Draft.Seen] of the form; see [ErrStale]. Translations and
// recordings of words that changed go: they would say something else.
func (d *Draft) SetText(file, as, words, easy string) error {
	if !d.Edits(file) {
		return ErrUnknown
	}
	words, easy = clean(words), clean(easy)
	twin := d.Twin(file)
	same := words == clean(d.Texts[file]) && easy == clean(d.Texts[twin])
	if !same && as != d.Seen(file) {
		return ErrStale
	}
	delete(d.Jots, file)
	if same {
		return nil
	}
	if words != clean(d.Texts[file]) {
		d.Texts[file] = words
		d.dropOthers(file)
	}
	if easy != clean(d.Texts[twin]) {
		d.setTwin(twin, easy)
	}
	return nil
}

func (d *Draft) setTwin(twin, easy string) {
	d.Texts[twin] = easy
	if strings.TrimSpace(easy) == "" {
		delete(d.Texts, twin)
	}
	d.Gone = append(d.Gone, recordings(twin))
}

// dropOthers takes away the translations of a text and its recordings.
func (d *Draft) dropOthers(file string) {
	meta := d.base()
	d.Gone = append(d.Gone, recordings(file))
	for _, w := range meta.Wishes() {
		other := w.File(file, meta.Languages[0])
		if w.Lang == meta.Languages[0] {
			continue
		}
		delete(d.Texts, other)
		d.Gone = append(d.Gone, recordings(other))
	}
}

// recordings is how the names of a text's recordings begin, without what
// follows: "audio/quiz" of quiz.md, which may have one for each question.
func recordings(file string) string {
	return "audio/" + strings.TrimSuffix(path.Base(file), path.Ext(file))
}

// gone says whether a recording is one of a text that changed.
func (d Draft) gone(name string) bool {
	if path.Dir(name) != "audio" {
		return false
	}
	stem := strings.TrimSuffix(name, path.Ext(name))
	return slices.ContainsFunc(d.Gone, func(of string) bool {
		base, marks, _ := strings.Cut(of, ".")
		asked, askedMarks, _ := strings.Cut(stem, ".")
		return stem == of || strings.HasPrefix(asked, base+"-q") && marks == askedMarks
	})
}
