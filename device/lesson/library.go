package lesson

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// look is how often a library asks whether packs came or went.
const look = 5 * time.Second

// Library is a catalogue that follows the folder of lessons: packs that come,
// change or go while people work are seen without a restart. It is safe for
// concurrent use. A lesson that somebody has open stays what it was.
type Library struct {
	builtin fs.FS
	dir     string
	// Amend, when it is not nil, may say of a lesson from the disk what its
	// pack cannot: see [Library.Withhold]. It is set before use.
	Amend func(*Lesson)

	mu      sync.Mutex
	current *Catalogue
	seen    string
	changed chan struct{}
}

// OpenLibrary opens the lessons of builtin and dir, as [Open] does; amend may
// be nil.
func OpenLibrary(ctx context.Context, builtin fs.FS, dir string, amend func(*Lesson)) *Library {
	b := &Library{builtin: builtin, dir: dir, Amend: amend, changed: make(chan struct{})}
	b.Reload(ctx)
	return b
}

// Withhold takes back what a pack says of being accessible: it was published
// without having passed that part of the gate.
func (l *Lesson) Withhold() { l.Accessible = nil }

// Run follows the folder until ctx is done.
func (b *Library) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			b.Reload(ctx)
		}
	}
}

// Reload reads the lessons again if the folder changed, and reports whether it
// had. Somebody who has just saved a lesson calls it to see the lesson at once.
func (b *Library) Reload(ctx context.Context) bool {
	now := listing(b.dir)
	b.mu.Lock()
	same := b.current != nil && now == b.seen
	b.mu.Unlock()
	if same {
		return false
	}
	return b.set(b.read(ctx), now)
}

func (b *Library) read(ctx context.Context) *Catalogue {
	c := Open(ctx, b.builtin, b.dir)
	for _, l := range c.lessons {
		if b.Amend != nil && l.stored {
			b.Amend(l)
		}
	}
	return c
}

func (b *Library) set(c *Catalogue, seen string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current, b.seen = c, seen
	close(b.changed)
	b.changed = make(chan struct{})
	return true
}

func (b *Library) catalogue() *Catalogue {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current
}

// Lessons returns every lesson in the order to show them.
func (b *Library) Lessons() []*Lesson { return b.catalogue().Lessons() }

// Lesson finds a lesson by its identifier.
func (b *Library) Lesson(id string) (*Lesson, bool) { return b.catalogue().Lesson(id) }

// Refused returns the packs that are not shown.
func (b *Library) Refused() []Refusal { return b.catalogue().Refused() }

// Changed returns a channel that is closed at the next change.
func (b *Library) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

// listing says what the folder holds, as far as names, sizes and times tell: of
// the packs, and of the files of those that are folders.
func listing(dir string) string {
	sum := sha256.New()
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.Name()[0] != '.' {
			fmt.Fprintln(sum, e.Name(), info.Size(), info.ModTime().UnixNano())
		}
		if e.IsDir() && e.Name()[0] != '.' {
			_ = filepath.WalkDir(filepath.Join(dir, e.Name()), func(name string, d fs.DirEntry, err error) error {
				if err != nil {
					return fs.SkipDir
				}
				if info, err := d.Info(); err == nil {
					fmt.Fprintln(sum, name, info.Size(), info.ModTime().UnixNano())
				}
				return nil
			})
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}
