package check

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mallette-kit/mallette/device/lesson"
)

// How many words a sentence may have: in a lesson that says it is easy to read,
// and in any other.
const (
	easyWords  = 15
	plainWords = 25
)

// sentence is one sentence of a passage.
type sentence struct {
	at    int // byte of the passage
	words int
}

// sentences cuts a passage. A sentence ends with . ! ? or … before a space,
// and at a colon, which opens a list or an example.
func sentences(passage string) []sentence {
	var found []sentence
	start := 0
	for i, r := range passage {
		end := i + utf8.RuneLen(r)
		next, _ := utf8.DecodeRuneInString(passage[min(end, len(passage)):])
		ends := strings.ContainsRune(".!?…:", r) && (end >= len(passage) || unicode.IsSpace(next))
		if ends || end >= len(passage) {
			if n := countWords(passage[start:min(end, len(passage))]); n > 0 {
				found = append(found, sentence{start, n})
			}
			start = end
		}
	}
	return found
}

// countWords counts what is said aloud between spaces.
func countWords(s string) int {
	n := 0
	for f := range strings.FieldsSeq(s) {
		if strings.ContainsFunc(f, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			n++
		}
	}
	return n
}

// reading holds the words for learners to short sentences and plain words.
func (g *gate) reading() {
	for _, t := range g.texts {
		if !t.learner() || t.lang != "fr" {
			continue
		}
		for _, p := range t.passages {
			g.readable(&t, p)
		}
	}
	if !g.inFrench() {
		return
	}
	own := text{file: metaFile, lang: g.own()}
	g.readable(&own, passage{g.meta.Summary, []mark{{0, g.lineOf("summary", 0)}}})
	for i, o := range g.meta.Objectives {
		g.readable(&own, passage{o, []mark{{0, g.lineOf("objectives", i)}}})
	}
	for i, w := range g.meta.Words {
		g.readable(&own, passage{w.Meaning, []mark{{0, g.lineOf("words", i)}}})
	}
}

// inFrench says whether the rules for French apply.
func (g *gate) inFrench() bool { return len(g.meta.Languages) > 0 && g.meta.Languages[0] == "fr" }

// easy says whether a text must be easy to read: a twin always, the others when
// the lesson calls itself so and has no twins. Then what would be advice stops
// the lesson from being called accessible.
func (g *gate) easy(t *text) (Severity, int) {
	if t.easy || (slices.Contains(g.meta.Accessible, lesson.EasyRead) && !g.twinned()) {
		return Accessible, easyWords
	}
	return Advice, plainWords
}

// twinned says that some step has an easy-to-read twin: then all need one.
func (g *gate) twinned() bool {
	return slices.ContainsFunc(g.texts, func(t text) bool { return t.easy && t.step > 0 && t.lang == g.own() })
}

func (g *gate) readable(t *text, p passage) {
	severity, most := g.easy(t)
	at := place{t.file, 0, t.step}
	for _, s := range sentences(p.words) {
		if s.words > most {
			at.line = p.line(s.at)
			g.find("phrase", severity, at, "Cette phrase a "+strconv.Itoa(s.words)+" mots (« "+beginning(p.words[s.at:])+"… »). Coupez-la : "+strconv.Itoa(most)+" mots au plus, une idée par phrase.")
		}
	}
	for _, h := range findTerms(hard(), p.words) {
		if slices.ContainsFunc(explained(g.meta), func(stems []string) bool { return contains(stems, h.stems) }) {
			continue
		}
		at.line = p.line(h.at)
		g.find("mot", severity, at, "Mot difficile : « "+h.said+" ». Écrivez plutôt « "+h.instead+" », ou expliquez-le dans words.")
	}
}

func contains(list, part []string) bool {
	for i := range list {
		if i+len(part) <= len(list) && slices.Equal(list[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// beginning is the first words of a sentence, so that it can be found.
func beginning(s string) string {
	words := strings.Fields(s)
	return strings.Join(words[:min(5, len(words))], " ")
}
