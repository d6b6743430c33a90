package lesson

import "html/template"

// Quiz is a list of questions, never a mark.
type Quiz struct {
	Title     string
	Lang      string // language of its words
	Intro     template.HTML
	Questions []Question
}

// Asking is what a question wants from the person.
type Asking string

// The seven ways of asking.
const (
	Single    Asking = "choix"     // pick the right choice
	Multiple  Asking = "plusieurs" // pick every right choice
	Cloze     Asking = "trous"     // fill the gaps of a text
	Selection Asking = "liste"     // pick from one list
	Ordering  Asking = "ordre"     // put in order
	Matching  Asking = "paires"    // put together what belongs together
	Narration Asking = "ecoute"    // listen; nothing to answer
)

// Question is one question.
type Question struct {
	ID          string // "q1", "q2" …: what counters call it
	Asks        Asking
	Title       string
	Prompt      template.HTML // what is under the title; may be empty
	Choices     []Choice      // of Single and Multiple
	Blanks      []Blank       // of Cloze, Selection, Ordering and Matching
	Pieces      []Piece       // of Cloze: the text around the blanks
	Said        []string      // words to be read aloud with it
	Audio       string        // recording of it in audio/, or ""
	Hints       []template.HTML
	Explanation template.HTML
}

// Choice is one answer to pick.
type Choice struct {
	HTML  template.HTML
	Right bool
}

// Blank is one thing to fill in: by typing when it has no options.
type Blank struct {
	Label   template.HTML // what the blank stands beside; empty where its place says it
	Accept  string        // what may be typed
	Options []string      // what may be picked
	Right   []int         // which options are right
}

// Piece is some text and the blank after it.
type Piece struct {
	HTML  template.HTML
	Blank int // index of the blank, or -1 after the last
}
