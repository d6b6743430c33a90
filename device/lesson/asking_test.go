package lesson_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson"
)

// sevenWays is one question of each kind, as LiaScript writes them.
const sevenWays = `# Sept façons

## Une seule ?
- [( )] non
- [(X)] oui

## Plusieurs ?
[[X]] a
[[ ]] b

## Le texte à trous
Pour écrire [[à]] quelqu'un, il faut une [[(adresse)|boîte|rue]].

## La bonne touche
Que presse-t-on ?

[[Échap|(Entrée)|Alt]]
[[?]] La plus large.

## Dans l'ordre
1. [->[(Ouvrir)|Lire|Fermer]]
2. [->[Ouvrir|(Lire)|Fermer]]
3. [->[Ouvrir|Lire|(Fermer)]]

## Ce qui va ensemble
- [[Clavier] (Souris [ou pavé]) [Écran]]
- [ (X)  ( ) ( ) ] **Écrire**
- [ ( )  (X) ( ) ] Pointer
- [ ( )  ( ) (X) ] Lire

## Écoutez

    --{{0}}--
Un message est arrivé.
Il vient d'une amie.

***
C'était court.
***
`

func seven(t *testing.T) []lesson.Question {
	t.Helper()
	q, err := lesson.ParseQuiz([]byte(sevenWays))
	if err != nil {
		t.Fatalf("ParseQuiz: %v", err)
	}
	return q.Questions
}

func TestSevenWaysOfAsking(t *testing.T) {
	questions := seven(t)
	want := []lesson.Asking{lesson.Single, lesson.Multiple, lesson.Cloze, lesson.Selection, lesson.Ordering, lesson.Matching, lesson.Narration}
	for i, asks := range want {
		if questions[i].Asks != asks {
			t.Errorf("question %d asks %q; want %q", i+1, questions[i].Asks, asks)
		}
	}
	cloze := questions[2]
	if len(cloze.Pieces) != 3 || cloze.Pieces[0].Blank != 0 || cloze.Pieces[2].Blank != -1 || !strings.Contains(string(cloze.Pieces[0].HTML), "<p>Pour écrire ") {
		t.Errorf("pieces of the gap text = %+v; want three, the text around two gaps", cloze.Pieces)
	}
	if said := questions[6].Said; len(said) != 1 || said[0] != "Un message est arrivé. Il vient d'une amie." {
		t.Errorf("said = %q; want both lines as one", said)
	}
	if label := questions[5].Blanks[0].Label; label != "<strong>Écrire</strong>" {
		t.Errorf("label of a row = %q; want its words", label)
	}
	for i, b := range questions[4].Blanks {
		if b.Options[0] == "Ouvrir" && b.Options[1] == "Lire" && i == 0 {
			t.Error("the lists of an ordering tell its answer")
		}
	}
}

func TestJudge(t *testing.T) {
	q := seven(t)
	order := func(words ...string) []string {
		var filled []string
		for _, w := range words {
			for i, o := range q[4].Blanks[0].Options {
				if o == w {
					filled = append(filled, string(rune('0'+i)))
				}
			}
		}
		return filled
	}
	tests := []struct {
		name         string
		n            int
		answer       lesson.Answer
		right, empty bool
		good         int
	}{
		{"one right choice", 0, lesson.Answer{Picked: []int{1}}, true, false, 0},
		{"no choice", 0, lesson.Answer{}, false, true, 0},
		{"gaps filled, accents forgiven", 2, lesson.Answer{Filled: []string{" A ", "0"}}, true, false, 2},
		{"one gap right", 2, lesson.Answer{Filled: []string{"à", "1"}}, false, false, 1},
		{"gaps empty", 2, lesson.Answer{Filled: []string{" ", ""}}, false, true, 0},
		{"too few gaps", 2, lesson.Answer{Filled: []string{"à"}}, false, false, 1},
		{"selection", 3, lesson.Answer{Filled: []string{"1"}}, true, false, 1},
		{"not an index", 3, lesson.Answer{Filled: []string{"Entrée"}}, false, false, 0},
		{"in order", 4, lesson.Answer{Filled: order("Ouvrir", "Lire", "Fermer")}, true, false, 3},
		{"out of order", 4, lesson.Answer{Filled: order("Lire", "Ouvrir", "Fermer")}, false, false, 1},
		{"pairs", 5, lesson.Answer{Filled: []string{"0", "1", "2"}}, true, false, 3},
		{"listened", 6, lesson.Answer{}, true, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := q[tt.n].Judge(tt.answer)
			if v.Right != tt.right || v.Empty != tt.empty || v.N != tt.good {
				t.Errorf("Judge(%+v) = %+v; want right %v, empty %v, %d good", tt.answer, v, tt.right, tt.empty, tt.good)
			}
		})
	}
}

func TestAskingRefuses(t *testing.T) {
	tests := []struct{ name, body string }{
		{"nothing to answer", "Un texte."},
		{"two ways", "Un [[trou]].\n[(X)] a\n[( )] b"},
		{"list without a right one", "[[a|b]]"},
		{"gap in a picture's description", "![un [[trou]]](images/rond.svg)"},
		{"order with a stranger", "1. [->[(a)|b]]\n2. [->[a|(c)]]"},
		{"order with one twice", "1. [->[(a)|b]]\n2. [->[(a)|b]]"},
		{"order of other length", "1. [->[(a)|b|c]]\n2. [->[a|(b)|c]]"},
		{"row without a mark", "[[a] [b]]\n[( ) ( )] x\n[(X) ( )] y"},
		{"row too short", "[[a] [b]]\n[(X)] x\n[(X) ( )] y"},
		{"one row", "[[a] [b]]\n[(X) ( )] x"},
		{"empty option", "[[(a)||b]]"},
		{"thirteen gaps", strings.Repeat("[[a]] b ", 13)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if q, err := lesson.ParseQuiz([]byte("# Q\n\n## a\n" + tt.body + "\n")); !errors.Is(err, lesson.ErrQuiz) && !errors.Is(err, lesson.ErrMissing) {
				t.Errorf("ParseQuiz = %+v, %v; want a refusal", q, err)
			}
		})
	}
}
