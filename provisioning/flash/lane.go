package flash

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
)

// ahead is how many chunks a lane may be behind the reading of the image.
const ahead = 4

// lane takes the image to one stick.
type lane struct {
	stick *Stick
	disk  patient
	total int64
	queue chan *chunk
	over  chan struct{} // closed when the lane takes no more
	whole atomic.Bool   // the image was read to its end and is the right one

	head []byte // kept back until the end
	laid []laid // what was written, to be read back
	back []byte // buffer of reading back
}

// laid is a chunk on the disk.
type laid struct {
	off, n int64
	sum    [sha256.Size]byte
	empty  bool // nothing but zeros, which have no sum
}

// in reports whether b is what was laid.
func (w laid) in(b []byte) bool {
	if w.empty {
		return zeros(b)
	}
	return sha256.Sum256(b) == w.sum
}

func newLane(ctx context.Context, s *Stick, total int64) *lane {
	return &lane{stick: s, disk: patient{s.Target, ctx}, total: total, queue: make(chan *chunk, ahead), over: make(chan struct{})}
}

// run is the whole way of a stick. Only its last step makes it a disk again.
func (l *lane) run() error {
	if err := l.lay(); err != nil {
		return err
	}
	if err := l.check(); err != nil {
		return err
	}
	return l.finish()
}

// lay takes the table away and writes everything behind it.
func (l *lane) lay() error {
	defer close(l.over)
	if l.stick.Target.Size() < l.total {
		return fail(KindSmall, nil)
	}
	if l.total < 2*Head {
		return fail(KindForeign, errors.New("too short for a disk"))
	}
	l.tell(PhaseErase, 0, l.total)
	if err := unmake(l.disk); err != nil {
		return err
	}
	for c := range l.queue {
		if err := l.put(c); err != nil {
			return err
		}
		l.tell(PhaseWrite, min(c.off+c.n, l.total), l.total)
		c.done()
	}
	if !l.whole.Load() {
		<-l.disk.ctx.Done() // the image could not be read: its reader says why
		return context.Cause(l.disk.ctx)
	}
	return l.disk.sync()
}

// unmake makes the disk one that nothing starts from: a note that says so
// replaces the table, and its copy at the disk's end goes too.
func unmake(disk patient) error {
	note := aligned(Head + Block)
	copy(note, begun)
	if err := disk.write(note[:Head], 0); err != nil {
		return err
	}
	if err := disk.sync(); err != nil {
		return err
	}
	clear(note)
	tail := max(Head, (disk.Size()-Head)&^(Block-1))
	if err := disk.write(note[:min(Head+Block, disk.Size()-tail)], tail); err != nil {
		return err
	}
	return disk.sync()
}

func (l *lane) put(c *chunk) error {
	if c.off == 0 {
		l.head = aligned(Head)
		copy(l.head, c.buf[:Head])
		return nil
	}
	l.laid = append(l.laid, laid{c.off, c.n, c.sum, c.empty})
	if !c.empty {
		return l.disk.write(c.buf[:c.n], c.off)
	}
	return l.clear(c.off, c.n)
}

// clear makes a range zeros. Where the medium cannot do it by itself the range
// is read first: that is quicker than writing, and most sticks are new.
func (l *lane) clear(off, n int64) error {
	if done, err := l.disk.zero(off, n); done || err != nil {
		return err
	}
	now := l.buffer(n)
	if err := l.disk.read(now, off); err != nil {
		return err
	}
	if zeros(now) {
		return nil
	}
	clear(now)
	return l.disk.write(now, off)
}

func (l *lane) buffer(n int64) []byte {
	if l.back == nil {
		l.back = aligned(int(roundUp(min(Chunk, l.total))))
	}
	return l.back[:n]
}

// check reads back everything that was written.
func (l *lane) check() error {
	for _, w := range l.laid {
		b := l.buffer(w.n)
		if err := l.disk.read(b, w.off); err != nil {
			return err
		}
		if !w.in(b) {
			return fail(KindDiffers, fmt.Errorf("at byte %d", w.off))
		}
		l.tell(PhaseCheck, min(w.off+w.n, l.total), l.total)
	}
	return nil
}

// finish makes the stick's own changes and then, last, makes it a disk.
func (l *lane) finish() error {
	l.tell(PhaseFinish, 0, l.total)
	p := &patch{disk: l.disk, head: l.head, blocks: map[int64][]byte{}}
	if l.stick.Edit != nil {
		if err := l.stick.Edit(p); err != nil {
			return edited(err)
		}
	}
	if err := p.commit(); err != nil {
		return err
	}
	l.tell(PhaseFinish, l.total, l.total)
	return nil
}

// edited keeps the kind of an error that has one.
func edited(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return fail(KindFailed, err)
}

func (l *lane) tell(phase Phase, done, total int64) { l.stick.tell(Progress{phase, done, total}) }

// written writes a range, makes it lasting and reads it back.
func written(disk patient, b []byte, off int64) error {
	if err := disk.write(b, off); err != nil {
		return err
	}
	if err := disk.sync(); err != nil {
		return err
	}
	back := aligned(len(b))
	if err := disk.read(back, off); err != nil {
		return err
	}
	if !bytes.Equal(b, back) {
		return fail(KindDiffers, fmt.Errorf("at byte %d", off))
	}
	return nil
}
