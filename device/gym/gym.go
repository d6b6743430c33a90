// Package gym is the practice gym: small exercises for the mouse, the keyboard,
// windows and files, read from data, with the rules that judge an answer and
// size the next turn.
//
// Where somebody is in an exercise is a [Step], which lives in the address of
// the page; the package keeps nothing, never measures time and gives no mark.
// It holds no sentence either: device/kiosk says what to do, in the words of
// kiosk-ui/locales.
package gym

// Catalogue is every exercise, in the order they are shown. Make it with
// [Parse]; nobody modifies it afterwards.
type Catalogue struct {
	Exercises []*Exercise `json:"exercises"`
}

// Exercise is one thing to practise, in a few turns.
type Exercise struct {
	ID      string  `json:"id"` // also the key of its words: gym.<id>, gym.<id>_hint
	Group   Group   `json:"group"`
	Kind    Kind    `json:"kind"`
	Gesture Gesture `json:"gesture"`
	Turns   []Turn  `json:"turns"`
}

// Group is a shelf of the gym.
type Group string

// The groups, in the order they are learnt.
const (
	Mouse    Group = "mouse"
	Keyboard Group = "keyboard"
	Files    Group = "files" // windows, files and folders
)

// Groups are all of them, in order.
func Groups() []Group { return []Group{Mouse, Keyboard, Files} }

// Kind is what an exercise looks like and how an answer is judged.
type Kind string

// The kinds of exercise.
const (
	Target   Kind = "target"   // reach a target on a field
	Pick     Kind = "pick"     // find one thing among several
	Reveal   Kind = "reveal"   // things say their name under the pointer
	Scroll   Kind = "scroll"   // find one thing in a long list
	List     Kind = "list"     // choose in a list that opens
	Menu     Kind = "menu"     // open the menu of a thing
	Window   Kind = "window"   // press a button of a window
	Select   Kind = "select"   // mark a piece of a text
	Shortcut Kind = "shortcut" // hold Ctrl or ⌘ and press a letter
	Drag     Kind = "drag"     // take a thing somewhere
	Type     Kind = "type"     // write, mend or copy
	Save     Kind = "save"     // give a file a name and a folder
)

// Gesture is the way a kind is done, where there are several.
type Gesture string

// The gestures; the zero value is a single press or plain writing.
const (
	Hover  Gesture = "hover"  // target: stay on it
	Double Gesture = "double" // target, pick: two presses
	Mend   Gesture = "mend"   // type: the field is not empty at first
	Copy   Gesture = "copy"   // type: the model can be copied
)

// Turn is one turn of an exercise. Its texts are those of a French screen and
// are the same in every language; which are filled depends on the kind.
type Turn struct {
	Across  int      `json:"across"` // target: column 1 to 3
	Down    int      `json:"down"`   // target: row 1 to 3
	Choices []string `json:"choices"`
	Right   string   `json:"right"` // one of Choices
	Thing   string   `json:"thing"` // menu, window: what is pressed; drag: what is taken
	Things  []string `json:"things"`
	Place   string   `json:"place"` // drag, save: where it goes
	Places  []string `json:"places"`
	Text    string   `json:"text"` // type, save: what to write; select, shortcut: the text shown
	From    string   `json:"from"` // mend: what the field holds at first
	Key     string   `json:"key"`  // shortcut: the letter, in lower case
}

// Find returns the exercise with an identifier.
func (c *Catalogue) Find(id string) (*Exercise, bool) {
	for _, e := range c.Exercises {
		if e.ID == id {
			return e, true
		}
	}
	return nil, false
}

// Of returns the exercises of a group.
func (c *Catalogue) Of(g Group) []*Exercise {
	var found []*Exercise
	for _, e := range c.Exercises {
		if e.Group == g {
			found = append(found, e)
		}
	}
	return found
}

// After returns the exercise that follows e, or nil after the last.
func (c *Catalogue) After(e *Exercise) *Exercise {
	for i, x := range c.Exercises {
		if x == e && i+1 < len(c.Exercises) {
			return c.Exercises[i+1]
		}
	}
	return nil
}

// Manner names the kind with its gesture: the words for how it is done.
func (e *Exercise) Manner() string {
	if e.Gesture == "" {
		return string(e.Kind)
	}
	return string(e.Kind) + "_" + string(e.Gesture)
}
