package lesson

import "errors"

// Why a pack is refused. A refusal wraps one of these and never quotes the
// pack's content.
var (
	// ErrFormat says that a file is not what the format promises.
	ErrFormat = errors.New("not in the lesson format")
	// ErrMissing says that a file named in lesson.yaml is not in the pack.
	ErrMissing = errors.New("file missing from the pack")
	// ErrTooLarge says that a pack, or a file in it, is over a limit.
	ErrTooLarge = errors.New("over the limits of a lesson")
	// ErrPath says that a name leads out of the pack or is not a plain file.
	ErrPath = errors.New("name leads out of the pack")
	// ErrActive says that a pack carries a script or something that runs.
	ErrActive = errors.New("pack carries active content")
	// ErrRemote says that a text or picture points outside the pack.
	ErrRemote = errors.New("pack points outside itself")
	// ErrQuiz says that the quiz cannot be understood.
	ErrQuiz = errors.New("quiz not understood")
	// ErrGame says that the game cannot be understood.
	ErrGame = errors.New("game not understood")
	// ErrHash says that a pack is not the content its folder is named after.
	ErrHash = errors.New("content is not what its name says")
	// ErrDuplicate says that another lesson has the same identifier.
	ErrDuplicate = errors.New("identifier already taken")
)

const (
	maxText    = 256 << 10 // one Markdown or YAML file
	maxPicture = 1 << 20   // one picture
	maxMemory  = 12 << 20  // what one pack may keep in memory
	maxMedia   = 512 << 20 // one video, never read into memory
	maxFiles   = 400       // files in a pack
	maxArchive = 600 << 20 // a zip on the disk
)
