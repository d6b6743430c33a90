package slot

import (
	"fmt"
	"slices"
	"strconv"
)

// MaxTries is how many starts a slot has before it must have been marked good.
const MaxTries = 3

// Problem is a closed name for something that went wrong with a start. It is a
// slot's failure in [Env], and an entry of [Boot]; whoever shows it chooses
// words by it.
type Problem string

// Problems. The first group ends a start, the second is told and lived with.
const (
	ProblemDeadline  Problem = "deadline"  // a trial was not marked good in time
	ProblemExhausted Problem = "exhausted" // three starts, no word of why
	ProblemIntegrity Problem = "integrity" // the root is not what the release says
	ProblemRoot      Problem = "root"      // the root cannot be mounted or entered
	ProblemRelease   Problem = "release"   // the release does not describe itself
	ProblemMachine   Problem = "machine"   // made for another machine
	ProblemDisk      Problem = "disk"      // the disk that was started from is not found or not readable
	ProblemCopies    Problem = "copies"    // several disks are copies of one image, and none tells that it was started from
	ProblemMemory    Problem = "memory"    // too little memory
	ProblemModules   Problem = "modules"   // drivers cannot be loaded

	ProblemSlots        Problem = "slots"         // both slots were exhausted: the last good one is tried
	ProblemDisplay      Problem = "display"       // no graphics but the firmware's: a browser cannot draw
	ProblemCounter      Problem = "counter"       // the loader's variables could not be read and were written anew
	ProblemTable        Problem = "table"         // the partition table could not be mended, renewed or grown
	ProblemWatchdog     Problem = "watchdog"      // no hardware watchdog
	ProblemPermRepaired Problem = "perm_repaired" // errors were found on perm and repaired
	ProblemPermAside    Problem = "perm_aside"    // perm was broken: kept aside, a fresh one made
	ProblemPermMemory   Problem = "perm_memory"   // perm is in memory: nothing is kept
	ProblemPermReadOnly Problem = "perm_readonly" // the disk takes no writes
	ProblemPermFull     Problem = "perm_full"     // perm is full
	ProblemJoin         Problem = "join"          // join.json is not readable
)

// State is what the loader knows of a slot.
type State struct {
	Tries   int     // starts left
	Valid   bool    // false while the slot is being written
	Failed  Problem // why it was given up, "" for no recorded failure
	Retried bool    // it was exhausted without a recorded failure once already
}

// Env is the loader's memory. The zero value starts nothing: see [NewEnv].
// Methods return the Env as it becomes and change nothing.
type Env struct {
	Preferred ID   // tried first
	Good      ID   // the last one that was marked good
	Trial     ID   // the one that has never been marked good since it was written
	Desperate bool // both were exhausted and Good was started last time
	A, B      State

	rest []variable // of a later version of this package
}

// NewEnv returns the memory of a disk whose slots both hold a release.
func NewEnv() Env {
	return Env{Preferred: A, Good: A, A: fresh(), B: fresh()}
}

func fresh() State { return State{Tries: MaxTries, Valid: true} }

// State returns what is known of a slot, nothing for None.
func (e Env) State(id ID) State {
	switch id {
	case A:
		return e.A
	case B:
		return e.B
	}
	return State{}
}

func (e Env) with(id ID, s State) Env {
	switch id {
	case A:
		e.A = s
	case B:
		e.B = s
	}
	return e
}

// envVersion is the value of the variable "mallette", without which a block is
// not ours.
const envVersion = "1"

// Names of the variables; those of a slot follow "a_" or "b_".
const (
	varVersion   = "mallette"
	varPreferred = "preferred"
	varGood      = "good"
	varTrial     = "trial"
	varDesperate = "desperate"
	varTries     = "tries"
	varValid     = "valid"
	varFailed    = "failed"
	varRetried   = "retried"
)

// Encode returns the block that GRUB reads, [SizeEnv] bytes.
func (e Env) Encode() ([]byte, error) {
	list := []variable{{varVersion, envVersion}, {varPreferred, string(e.Preferred)}, {varGood, string(e.Good)},
		{varTrial, string(e.Trial)}, {varDesperate, flag(e.Desperate)}}
	for _, id := range []ID{A, B} {
		s, of := e.State(id), string(id)+"_"
		list = append(list, variable{of + varTries, strconv.Itoa(s.Tries)}, variable{of + varValid, flag(s.Valid)},
			variable{of + varFailed, string(s.Failed)}, variable{of + varRetried, flag(s.Retried)})
	}
	if block, err := encodeBlock(append(list, e.rest...)); err == nil {
		return block, nil
	}
	return encodeBlock(list) // a later version's variables are not worth this one's
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// DecodeEnv reads a block; what cannot be believed is [ErrEnv].
func DecodeEnv(block []byte) (Env, error) {
	list, err := parseBlock(block)
	if err != nil {
		return Env{}, err
	}
	r := reader{list: list}
	version := r.take(varVersion)
	e := Env{Preferred: r.id(varPreferred), Good: r.id(varGood), Trial: r.id(varTrial), Desperate: r.flag(varDesperate)}
	for _, id := range []ID{A, B} {
		of := string(id) + "_"
		e = e.with(id, State{Tries: r.count(of + varTries), Valid: r.flag(of + varValid), Failed: r.problem(of + varFailed), Retried: r.flag(of + varRetried)})
	}
	if r.bad || version != envVersion || !e.Preferred.Valid() {
		return Env{}, fmt.Errorf("read variables: %w", ErrEnv)
	}
	if len(r.list) > 0 {
		e.rest = r.list
	}
	return e, nil
}

// reader takes variables out of a list and remembers whether one was wrong.
type reader struct {
	list []variable
	bad  bool
}

func (r *reader) take(name string) string {
	for i, v := range r.list {
		if v.name == name {
			r.list = slices.Delete(r.list, i, i+1)
			return v.value
		}
	}
	return ""
}

func (r *reader) id(name string) ID {
	id := ID(r.take(name))
	r.bad = r.bad || (id != None && !id.Valid())
	return id
}

func (r *reader) flag(name string) bool {
	v := r.take(name)
	r.bad = r.bad || (v != "0" && v != "1")
	return v == "1"
}

func (r *reader) count(name string) int {
	n, err := strconv.Atoi(r.take(name))
	r.bad = r.bad || err != nil || n < 0 || n > MaxTries
	return n
}

// problem takes any short name: a later release may know more of them.
func (r *reader) problem(name string) Problem {
	v := r.take(name)
	for _, c := range v {
		r.bad = r.bad || !(c >= 'a' && c <= 'z' || c == '_')
	}
	r.bad = r.bad || len(v) > 16
	return Problem(v)
}
