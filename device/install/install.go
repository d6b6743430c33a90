// Package install is what the pages of a live stick and the program that owns
// the machine's disks say to each other, when the stick is to be installed on
// an internal disk.
//
// The program that serves pages never opens a disk: it asks on a socket, which
// only programs of the station can reach. The other side decides by itself
// whether the disk may be written ([Serve]), and believes an order only when
// it names the very medium that was shown and carries what a person typed.
//
// The package writes to no disk.
package install

import (
	"errors"
	"fmt"
)

// SocketName is the socket's name in the run directory.
const SocketName = "install.sock"

// Disk is a disk as a person is shown it.
type Disk struct {
	Name     string  `json:"name"` // "sda", to be typed
	Model    string  `json:"model"`
	Bus      string  `json:"bus"`
	Serial   string  `json:"serial"`
	Sequence uint64  `json:"sequence"` // of the medium, never given twice
	Size     int64   `json:"size"`
	Parts    []Part  `json:"parts"`
	Problem  Problem `json:"problem"` // why it may not be written, "" when it may
}

// Part is what lies on a disk. Format is one of provisioning/flash's.
type Part struct {
	Format string `json:"format"`
	Label  string `json:"label"`
	Owner  string `json:"owner"` // "windows", "linux", "macos" or ""
	Size   int64  `json:"size"`
}

// Order is the wish to install on a disk.
type Order struct {
	Disk  Disk   `json:"disk"`  // as it was shown
	Typed string `json:"typed"` // its name, typed by whoever confirms
}

// Phase is how far an installation is.
type Phase string

// The phases, in their order. What is done in the middle ones is counted in
// bytes.
const (
	Idle     Phase = ""
	Erasing  Phase = "erase"
	Writing  Phase = "write"
	Checking Phase = "check"
	Filling  Phase = "finish"
	Done     Phase = "done"
	Failed   Phase = "failed"
)

// State is the installation under way, or the last one.
type State struct {
	Phase   Phase   `json:"phase"`
	Disk    Disk    `json:"disk"`
	Done    int64   `json:"done"`
	Total   int64   `json:"total"`
	Problem Problem `json:"problem"` // when it failed
	Erased  bool    `json:"erased"`  // what was on the disk is gone
}

// Running reports whether an installation is under way.
func (s State) Running() bool { return s.Phase != Idle && s.Phase != Done && s.Phase != Failed }

// Problem is why a disk may not be written or an installation failed: the
// kinds of provisioning/flash and those below. Pages choose words by it.
type Problem string

// The problems that are not those of writing a disk.
const (
	Busy      Problem = "busy"    // an installation is under way
	Untyped   Problem = "untyped" // the name that was typed is another
	Away      Problem = "away"    // the program that installs does not answer
	NoProgram Problem = "program" // the stick lacks what makes file systems
	Lessons   Problem = "data"    // lessons or userland could not be copied whole
	Unknown   Problem = "failed"  // anything else
)

// Error is a failure with its problem. Err may be nil.
type Error struct {
	Problem Problem
	Err     error
}

// Error implements error. People read a sentence chosen by Problem.
func (e *Error) Error() string {
	if e.Err == nil {
		return "install: " + string(e.Problem)
	}
	return fmt.Sprintf("install: %s: %v", e.Problem, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// ProblemOf returns the problem of an error, Unknown for one of another kind.
func ProblemOf(err error) Problem {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Problem
	}
	return Unknown
}
