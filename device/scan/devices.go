package scan

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/mallette-kit/mallette/hardware/reader"
)

// Bounds of what is told of devices.
const (
	maxDevices = 16
	maxName    = 64
)

// present is the line that tells which devices are open.
type present struct {
	Readers []string `json:"readers"`
}

// Opened tells every listener that a device is open, until closed is called.
// It is a [reader.Opened].
func (o *Offer) Opened(name string) (closed func()) {
	o.opened(name, 1)
	return func() { o.opened(name, -1) }
}

func (o *Offer) opened(name string, more int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open == nil {
		o.open = make(map[string]int)
	}
	if o.open[name] += more; o.open[name] <= 0 {
		delete(o.open, name)
	}
	for l := range o.listeners {
		l.tell()
	}
}

// tell makes the listener's feed send what is open.
func (l *listener) tell() {
	select {
	case l.news <- struct{}{}:
	default: // it will anyway
	}
}

// present encodes what is open now.
func (o *Offer) present() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	names := slices.AppendSeq(make([]string, 0, len(o.open)), maps.Keys(o.open))
	slices.Sort(names)
	line, err := json.Marshal(present{names[:min(len(names), maxDevices)]})
	if err != nil {
		return []byte{'\n'} // strings always encode
	}
	return append(line, '\n')
}

// valid holds the passreader, which saw hostile pixels, to plain short names.
func (p present) valid() bool {
	if len(p.Readers) > maxDevices {
		return false
	}
	return !slices.ContainsFunc(p.Readers, func(name string) bool { return len(name) > maxName || !reader.Printable(name) })
}
