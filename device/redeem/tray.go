package redeem

import (
	"slices"
	"sync"
	"time"
)

// TrayTime is how long a pass that was shown in public waits for the mediator.
const TrayTime = 2 * time.Minute

// maxTray bounds what waits: a scanner held on a pack of pens fills nothing.
const maxTray = 10

// Tray holds, in memory only, the codes that people showed while mediator mode
// was shut. Nobody decides on them until the mediator is there. The zero value
// is ready; it is safe for concurrent use.
type Tray struct {
	mu      sync.Mutex
	texts   []string
	timer   *time.Timer
	shown   int
	changed chan struct{}
}

// Put lays a code down; one that lies there already stays once. All are
// forgotten [TrayTime] after the last.
func (t *Tray) Put(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shown++
	t.notify()
	if slices.Contains(t.texts, text) {
		return
	}
	if len(t.texts) < maxTray {
		t.texts = append(t.texts, text)
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	t.timer = time.AfterFunc(TrayTime, t.empty)
}

// Nod tells that something was shown and keeps nothing: passes are validated at
// another station.
func (t *Tray) Nod() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shown++
	t.notify()
}

// Wake makes open pages look again, although nothing was shown.
func (t *Tray) Wake() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notify()
}

// Take returns what waits and leaves the tray empty.
func (t *Tray) Take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	texts := slices.Clone(t.texts)
	t.clear()
	return texts
}

// Waiting is how many codes wait.
func (t *Tray) Waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.texts)
}

// Shown counts the showings since the start, and returns a channel that is
// closed when something was laid down, taken or forgotten.
func (t *Tray) Shown() (int, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.changed == nil {
		t.changed = make(chan struct{})
	}
	return t.shown, t.changed
}

func (t *Tray) empty() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
}

func (t *Tray) clear() {
	if t.timer != nil {
		t.timer.Stop()
	}
	clear(t.texts)
	t.texts, t.timer = nil, nil
	t.notify()
}

func (t *Tray) notify() {
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}
