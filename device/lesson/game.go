package lesson

// Game is a small exercise that the station knows how to play: a pack brings
// its words, never a program.
type Game struct {
	Title  string   `yaml:"title"`
	Intro  string   `yaml:"intro"`
	Play   Play     `yaml:"play"`
	Rounds []Round  `yaml:"rounds"`
	Boxes  []string `yaml:"boxes"` // sorting: the names of the boxes
	Bravo  string   `yaml:"bravo"` // said at the end
	Lang   string   `yaml:"-"`     // language of its words
}

// Play is a way to play.
type Play string

// The ways to play.
const (
	Targets Play = "cibles"  // press each target, smaller and smaller
	Letters Play = "lettres" // type what is asked
	Sorting Play = "tri"     // put each message in a box
)

// Round is one turn of a game.
type Round struct {
	Say    string `yaml:"say"`    // what to do, or the message to sort
	From   string `yaml:"from"`   // sorting: who the message says it is from
	Type   string `yaml:"type"`   // letters: what must be typed
	Box    int    `yaml:"box"`    // sorting: index of the right box
	Why    string `yaml:"why"`    // said after the turn
	Size   int    `yaml:"size"`   // targets: 1 (large) to 3 (small, still 44 px)
	Across int    `yaml:"across"` // targets: column 1 to 5
	Down   int    `yaml:"down"`   // targets: row 1 to 3
	Double bool   `yaml:"double"` // targets: two presses, quickly
}
