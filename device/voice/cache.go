package voice

import (
	"container/list"
	"context"
	"sync"
)

// Cache keeps what a voice said, up to a number of bytes, the least used going
// first. A sentence that is asked for twice at once is spoken once. Its zero
// value but for Voice is ready.
type Cache struct {
	Voice Voice
	Max   int // bytes of sound; 0: 6 MB, two pages

	mu    sync.Mutex
	kept  map[key]*list.Element
	order list.List // of *entry, the latest used first
	size  int
}

type key struct{ lang, text string }

type entry struct {
	key   key
	done  chan struct{} // closed when sound or err is set
	sound Sound
	err   error
	size  int // of the sound, once it is kept
}

const defaultMax = 6 << 20

// Speak implements [Voice].
func (c *Cache) Speak(ctx context.Context, lang, text string) (Sound, error) {
	e, mine := c.claim(key{primary(lang), text})
	if !mine {
		select {
		case <-e.done:
			return e.sound, e.err
		case <-ctx.Done():
			return Sound{}, ctx.Err()
		}
	}
	e.sound, e.err = c.Voice.Speak(context.WithoutCancel(ctx), lang, text) // others may wait for it too; a voice has its own deadline
	close(e.done)
	c.keep(e)
	return e.sound, e.err
}

// claim returns the entry of a sentence, and whether the caller has to fill it.
func (c *Cache) claim(k key) (*entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.kept[k]; ok {
		c.order.MoveToFront(el)
		return el.Value.(*entry), false
	}
	if c.kept == nil {
		c.kept = map[key]*list.Element{}
	}
	e := &entry{key: k, done: make(chan struct{})}
	c.kept[k] = c.order.PushFront(e)
	return e, true
}

// keep counts a sound, and lets go of the least used ones. A failure is not
// kept.
func (c *Cache) keep(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.kept[e.key]
	if !ok || el.Value != e {
		return // forgotten meanwhile
	}
	if e.err != nil {
		c.order.Remove(el)
		delete(c.kept, e.key)
		return
	}
	e.size = len(e.sound.WAV)
	c.size += e.size
	c.shrink(e)
}

func (c *Cache) shrink(but *entry) {
	limit := c.Max
	if limit == 0 {
		limit = defaultMax
	}
	for el := c.order.Back(); el != nil && c.size > limit; {
		e, before := el.Value.(*entry), el.Prev()
		if e != but && e.size > 0 {
			c.size -= e.size
			c.order.Remove(el)
			delete(c.kept, e.key)
		}
		el = before
	}
}

// Forget drops everything that was said. The end of a session calls it.
func (c *Cache) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept, c.size = nil, 0
	c.order.Init()
}
