package scan

import "time"

// window is how long a code must have been out of sight to be shown anew.
const window = 2 * time.Second

// maxSeen bounds what a Fold remembers.
const maxSeen = 64

// Fold makes one reading of a code that stays in sight. The zero value is
// ready.
//
// Bars count once two frames have shown them, and not while a QR code is or
// was just in sight: a pass has both, and is one pass.
type Fold struct {
	seen   map[string]time.Time
	bars   string    // seen in the last frame, for the first time
	square time.Time // when a QR code was last in sight
}

// Fresh returns which of the codes of a frame are shown anew.
func (f *Fold) Fresh(now time.Time, codes []Symbol) []string {
	f.forget(now)
	var fresh []string
	bars := ""
	for _, c := range codes {
		if !c.Linear {
			f.square = now
		}
		switch {
		case c.Linear && now.Sub(f.square) < window:
		case c.Linear && f.known(c.Text):
			f.seen[c.Text] = now
		case c.Linear && c.Text != f.bars:
			bars = c.Text
		case f.see(c.Text, now):
			fresh = append(fresh, c.Text)
		}
	}
	f.bars = bars
	return fresh
}

func (f *Fold) known(text string) bool {
	_, ok := f.seen[text]
	return ok
}

// see remembers a code and reports whether it is new.
func (f *Fold) see(text string, now time.Time) bool {
	known := f.known(text)
	if !known && len(f.seen) >= maxSeen {
		return false
	}
	if f.seen == nil {
		f.seen = make(map[string]time.Time)
	}
	f.seen[text] = now
	return !known
}

func (f *Fold) forget(now time.Time) {
	for text, at := range f.seen {
		if now.Sub(at) >= window || now.Before(at) {
			delete(f.seen, text)
		}
	}
}
