package redeem

import (
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// maxRow bounds the lines kept in memory; the oldest go first.
const maxRow = 200

// Line is one result of a row, in memory only: nothing of it says which pass
// it was about to a person who reads the screen.
type Line struct {
	ID int
	Verdict
	At        time.Time     // civil time of the place; zero when nobody knew it
	Position  pass.Position // of the record, if one was written
	Cancelled bool
	Service   string
	Words     []Override // that would lift NeedsMediator
	UsedAt    time.Time  // of AlreadyUsed at this station, while the row remembers it
}

// Cancellable reports whether [Desk.Cancel] can take the validation back.
func (l Line) Cancellable() bool {
	here := l.Kind == AlreadyUsed && (l.Why == UsedHere || l.Why == SeenToday)
	return !l.Cancelled && (l.Kind.Written() || here)
}

// row is what the desk remembers of the passes shown one after the other. The
// zero value is ready.
type row struct {
	last  int // ID of the newest line ever
	list  []Line
	codes map[int]pass.Code // of the lines that wait for the mediator's word
}

// add gives the line its number, and keeps its code only if it may be needed.
func (r *row) add(l Line, code pass.Code) Line {
	r.last++
	l.ID = r.last
	r.keep(&l, code)
	r.list = append(r.list, l)
	if len(r.list) > maxRow {
		delete(r.codes, r.list[0].ID)
		r.list = r.list[1:]
	}
	return l
}

// replace puts a new decision in the place of the line that waited.
func (r *row) replace(id int, l Line, code pass.Code) Line {
	delete(r.codes, id)
	l.ID = id
	r.keep(&l, code)
	for i := range r.list {
		if r.list[i].ID == id {
			r.list[i] = l
		}
	}
	return l
}

func (r *row) keep(l *Line, code pass.Code) {
	if l.Kind == NeedsMediator {
		if r.codes == nil {
			r.codes = map[int]pass.Code{}
		}
		r.codes[l.ID] = code
	}
	l.Ref.Foreign = ""
	l.UsedAt = r.timeOf(l.Used)
}

// timeOf finds when a validation of this row was made.
func (r *row) timeOf(at pass.Position) time.Time {
	for _, l := range r.list {
		if at != (pass.Position{}) && l.Position == at {
			return l.At
		}
	}
	return time.Time{}
}

func (r *row) find(id int) (Line, bool) {
	for _, l := range r.list {
		if l.ID == id {
			return l, true
		}
	}
	return Line{}, false
}

// waiting finds a line that waits for a word, and its code.
func (r *row) waiting(id int) (Line, pass.Code, bool) {
	code, ok := r.codes[id]
	line, found := r.find(id)
	return line, code, ok && found
}

// cancel marks every line of the validation at a position, and returns the one
// asked for.
func (r *row) cancel(id int, at pass.Position) Line {
	var asked Line
	for i := range r.list {
		l := &r.list[i]
		if l.Position == at || l.Used == at {
			l.Cancelled = true
		}
		if l.ID == id {
			asked = *l
		}
	}
	return asked
}

// lines returns a copy, newest first.
func (r *row) lines() []Line {
	out := make([]Line, 0, len(r.list))
	for i := len(r.list) - 1; i >= 0; i-- {
		out = append(out, r.list[i])
	}
	return out
}

func (r *row) clear() { r.list, r.codes = nil, nil }
