package edit

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson"
)

// QuizWhy is what is wrong with a quiz, for somebody who can repair it.
type QuizWhy string

// What is wrong with a quiz.
const (
	QuizTitle     QuizWhy = "title"     // the text does not begin with a title
	QuizEmpty     QuizWhy = "empty"     // there is no question
	QuizMany      QuizWhy = "many"      // there are more questions than a quiz has
	QuizHeading   QuizWhy = "heading"   // a question has no words after its mark
	QuizOpen      QuizWhy = "open"      // an explanation is not closed
	QuizMixed     QuizWhy = "mixed"     // two ways of answering in one question
	QuizNothing   QuizWhy = "nothing"   // nothing to answer
	QuizOne       QuizWhy = "one"       // a single choice
	QuizCrowd     QuizWhy = "crowd"     // too many choices
	QuizNoRight   QuizWhy = "noright"   // no choice is right
	QuizTwoRight  QuizWhy = "tworight"  // several right where one is asked
	QuizHints     QuizWhy = "hints"     // too many hints
	QuizOtherwise QuizWhy = "otherwise" // a twin asks something else
	QuizText      QuizWhy = "text"      // the words hold what a lesson does not: see Err
	QuizForm      QuizWhy = "form"      // anything else
)

// QuizFault is a place of a quiz that cannot be understood.
type QuizFault struct {
	File     string
	Line     int // from 1
	Question int // from 1; 0: before the first
	Why      QuizWhy
	Err      error // the reader's, a sentinel of package lesson
}

// QuizFaults reads each question of a quiz alone, as a station does, and says
// which cannot be understood and why. file is that of the quiz or of its twin.
func QuizFaults(d Draft, files fs.FS, file string) []QuizFault {
	head, blocks := cut(d.Texts[file])
	fault := func(line, n int, why QuizWhy) QuizFault {
		return QuizFault{file, line, n, why, lesson.ErrQuiz}
	}
	title, _, _ := strings.Cut(strings.TrimSpace(head), "\n")
	switch {
	case !strings.HasPrefix(title, "# "):
		return []QuizFault{fault(1, 0, QuizTitle)}
	case len(blocks) == 0:
		return []QuizFault{fault(1, 0, QuizEmpty)}
	case len(blocks) > maxQuestions:
		return []QuizFault{fault(blocks[maxQuestions].line, maxQuestions+1, QuizMany)}
	}
	var faults []QuizFault
	for i, b := range blocks {
		if err := d.reads(files, "# Q\n\n"+b.text); err != nil {
			why := QuizText
			if errors.Is(err, lesson.ErrQuiz) {
				why = b.why()
			}
			faults = append(faults, QuizFault{file, b.line, i + 1, why, err})
		}
	}
	if len(faults) == 0 && file != d.Assets[lesson.QuizKind] && d.otherwise(files, file) {
		faults = append(faults, fault(1, 0, QuizOtherwise))
	}
	return faults
}

// maxQuestions and maxChoices are those of a quiz.
const (
	maxQuestions = 40
	maxChoices   = 12
	maxHints     = 5
)

// reads reads a quiz in a lesson of nothing else but the same pictures.
func (d Draft) reads(files fs.FS, quiz string) error {
	return d.readsAll(files, map[string]string{"quiz.md": quiz})
}

func (d Draft) readsAll(files fs.FS, quizzes map[string]string) error {
	m := lesson.Meta{Format: lesson.Format, ID: d.ID, Title: "Q", Summary: "Q", Languages: []string{d.Lang()}, Levels: []string{"debutant"},
		Audiences: []string{"tous_publics"}, Themes: []string{"materiel"}, Minutes: 1, Licence: "etalab_2_0", Authors: []string{"Q"},
		StepFiles: []string{"etape.md"}, Assets: map[lesson.Kind]string{lesson.QuizKind: "quiz.md"}}
	raw, err := m.YAML()
	if err != nil {
		return err
	}
	texts := map[string][]byte{metaFile: raw, "etape.md": []byte("# Q\n")}
	for name, quiz := range quizzes {
		texts[name] = []byte(quiz)
	}
	t, err := plant(texts, files, func(name string) bool { return path.Dir(name) == "images" })
	if err != nil {
		return err
	}
	_, err = lesson.Read(t)
	return err
}

// otherwise says whether a twin asks something else than the quiz.
func (d Draft) otherwise(files fs.FS, twin string) bool {
	quiz := d.Texts[d.Assets[lesson.QuizKind]]
	return d.reads(files, quiz) == nil && d.readsAll(files, map[string]string{"quiz.md": quiz, "quiz.facile.md": d.Texts[twin]}) != nil
}

// block is one question as it is written.
type block struct {
	text string
	line int
}

// cut cuts a quiz before each heading of level 2.
func cut(quiz string) (head string, blocks []block) {
	n := 0
	for line := range strings.Lines(quiz) {
		n++
		switch {
		case strings.HasPrefix(line, "## ") || strings.TrimSpace(line) == "##":
			blocks = append(blocks, block{line, n})
		case len(blocks) == 0:
			head += line
		default:
			blocks[len(blocks)-1].text += line
		}
	}
	return head, blocks
}

var (
	choiceForm = regexp.MustCompile(`^(?:[-*+] +)?\[(?:\(([ xX])\)|\[([ xX])\])\] `)
	hintForm   = regexp.MustCompile(`^(?:[-*+] +)?\[\[\?\]\] `)
	gapForm    = regexp.MustCompile(`\[(?:->)?\[[^\[\]\n]+\]\]`)
)

// tally is what a question holds.
type tally struct{ single, several, right, hints, gaps, bars int }

func (b block) tally() (t tally) {
	for line := range strings.Lines(b.text) {
		bare := strings.TrimSpace(line)
		switch m := choiceForm.FindStringSubmatch(bare); {
		case len(bare) >= 3 && strings.Trim(bare, "*") == "":
			t.bars++
		case t.bars%2 == 1:
		case hintForm.MatchString(bare):
			t.hints++
		case m != nil:
			t.count(m)
		case gapForm.MatchString(bare):
			t.gaps++
		}
	}
	return t
}

func (t *tally) count(choice []string) {
	if choice[1] != "" {
		t.single++
	} else {
		t.several++
	}
	if strings.EqualFold(choice[1]+choice[2], "x") {
		t.right++
	}
}

// why says what to repair in a question that the reader refuses.
func (b block) why() QuizWhy {
	t := b.tally()
	title, _, _ := strings.Cut(b.text, "\n")
	choices := t.single + t.several
	switch {
	case strings.TrimSpace(strings.TrimPrefix(title, "##")) == "":
		return QuizHeading
	case t.bars%2 == 1:
		return QuizOpen
	case t.hints > maxHints:
		return QuizHints
	case t.single > 0 && t.several > 0, choices > 0 && t.gaps > 0:
		return QuizMixed
	case choices == 0 && t.gaps == 0:
		return QuizNothing
	case choices == 1:
		return QuizOne
	case choices > maxChoices:
		return QuizCrowd
	case choices > 0 && t.right == 0:
		return QuizNoRight
	case t.single > 0 && t.right > 1:
		return QuizTwoRight
	}
	return QuizForm
}
