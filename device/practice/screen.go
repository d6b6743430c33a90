package practice

// Screen is one page of a service.
type Screen struct {
	ID      string   `yaml:"id"`
	Title   string   `yaml:"title"`
	Text    []string `yaml:"text"` // {field} stands for what was entered
	Mail    *Mail    `yaml:"mail"`
	Papers  []Paper  `yaml:"papers"`  // documents to copy from
	Summary []Row    `yaml:"summary"` // what was entered, to read again
	Items   []Item   `yaml:"items"`
	Fields  []Field  `yaml:"fields"`
	Buttons []Button `yaml:"buttons"`
	Links   []Link   `yaml:"links"`
	// Trap marks a page that explains, in the person's language, a trap she
	// has walked into. It says what to look at next time, and no more.
	Trap bool `yaml:"trap"`
	// Sets is a fact that seeing the screen establishes.
	Sets string `yaml:"sets"`
	// Last is where the service has been lived to its end.
	Last bool `yaml:"last"`
}

// Mail is a message as a mailbox shows it.
type Mail struct {
	From    string   `yaml:"from"`
	Sender  string   `yaml:"sender"` // the address behind the name
	Subject string   `yaml:"subject"`
	Body    []string `yaml:"body"`
	Link    *Link    `yaml:"link"`
	Leads   string   `yaml:"leads"` // the address the link shows when one looks
}

// Paper is a fictitious document lying beside the screen.
type Paper struct {
	Title string `yaml:"title"`
	Rows  []Row  `yaml:"rows"`
}

// Row is a name and what it is worth.
type Row struct {
	Label string `yaml:"label"`
	Value string `yaml:"value"`
}

// Item is a line of a list that opens another screen.
type Item struct {
	Goto  string `yaml:"goto"`
	Label string `yaml:"label"`
	Note  string `yaml:"note"`
	Fact  string `yaml:"fact"` // done when it is established
}

// Link leads to another screen.
type Link struct {
	Goto  string `yaml:"goto"`
	Label string `yaml:"label"`
}

// Kind is what a field takes.
type Kind string

// The kinds of fields.
const (
	Text     Kind = "text"
	Email    Kind = "email"
	Digits   Kind = "digits" // spaces, dots and dashes do not count
	Amount   Kind = "amount" // euros, comma or point
	Password Kind = "password"
	Choice   Kind = "choice"
	Tick     Kind = "tick"
	Code     Kind = "code" // the one the phone received
	File     Kind = "file" // one of the documents the page offers
)

// Field is something to fill in.
type Field struct {
	Name   string   `yaml:"name"`
	Label  string   `yaml:"label"`
	Hint   string   `yaml:"hint"`
	Kind   Kind     `yaml:"kind"`
	Value  string   `yaml:"value"`  // already there when the screen opens
	Expect string   `yaml:"expect"` // what the fictitious papers say
	Wrong  string   `yaml:"wrong"`  // said when it is something else
	Same   string   `yaml:"same"`   // the field it must repeat
	Free   bool     `yaml:"free"`   // may be left empty
	Forget bool     `yaml:"forget"` // never shown again nor kept: a card number
	Picks  []Option `yaml:"picks"`
}

// Option is one answer of a choice, or one document.
type Option struct {
	Value string `yaml:"value"`
	Label string `yaml:"label"`
	Note  string `yaml:"note"`
}

// Button is what a screen can be asked to do.
type Button struct {
	Do     string   `yaml:"do"`
	Label  string   `yaml:"label"`
	Goto   string   `yaml:"goto"`
	Sets   string   `yaml:"sets"`
	Sends  string   `yaml:"sends"`  // a note for the phone
	Needs  []string `yaml:"needs"`  // facts without which it waits
	Else   string   `yaml:"else"`   // said while it waits
	Loose  bool     `yaml:"loose"`  // looks at no field
	Quiet  bool     `yaml:"quiet"`  // not the main one
	Branch []Branch `yaml:"branch"` // the first that fits wins
}

// Branch leads elsewhere for a certain answer.
type Branch struct {
	Field string `yaml:"field"`
	Is    string `yaml:"is"`
	Goto  string `yaml:"goto"`
	Sets  string `yaml:"sets"`
}

func (s *Screen) button(do string) (*Button, bool) {
	for i := range s.Buttons {
		if s.Buttons[i].Do == do {
			return &s.Buttons[i], true
		}
	}
	return nil, false
}

// ways are the screens that links of this one open.
func (s *Screen) ways() []string {
	var to []string
	for _, l := range s.Links {
		to = append(to, l.Goto)
	}
	for _, i := range s.Items {
		to = append(to, i.Goto)
	}
	if s.Mail != nil && s.Mail.Link != nil {
		to = append(to, s.Mail.Link.Goto)
	}
	return to
}
