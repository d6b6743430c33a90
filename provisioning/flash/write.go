package flash

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// Head is the part of a disk that makes it one: its boot sector and partition
// table. It is written last.
const Head = 1 << 20

// Stick is one disk of a writing.
type Stick struct {
	Target Target
	// Edit makes this disk differ from the image: identifiers of its own, its
	// size, how it joins a fleet. It reads and writes the disk as it will be;
	// nil leaves it as the image is. An error of this package keeps its kind.
	Edit func(Editable) error
	// Tell hears how far the disk is, from the goroutine that writes it; nil:
	// nobody wants to know.
	Tell func(Progress)
}

// Editable is a disk whose changes are kept aside until all of them are made.
type Editable interface {
	io.ReaderAt
	io.WriterAt
	Size() int64
	Sync() error // does nothing: what was written is made lasting later
}

// Phase is what is being done to a disk.
type Phase string

// The phases of a writing, in their order, and the one of [Wipe].
const (
	PhaseErase  Phase = "erase"
	PhaseWrite  Phase = "write"
	PhaseCheck  Phase = "check"
	PhaseFinish Phase = "finish"
)

// Progress is how far a disk is in a phase, in bytes.
type Progress struct {
	Phase       Phase
	Done, Total int64
}

func (s *Stick) tell(p Progress) {
	if s.Tell != nil {
		s.Tell(p)
	}
}

// Write writes the image to all sticks at once, decompressing it a single
// time, checks each by reading it back, and returns one error a stick, nil for
// those that are ready. One that fails does not disturb the others. Memory
// does not grow with the image; the slowest stick sets the pace.
//
// A stick that was given up as [KindStuck], or when ctx ended, may be in use by
// the kernel for a while: closing it can take as long.
func Write(ctx context.Context, image Source, sticks []*Stick) []error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	lanes, errs := make([]*lane, len(sticks)), make([]error, len(sticks))
	var running sync.WaitGroup
	for n, s := range sticks {
		lanes[n] = newLane(ctx, s, image.Bytes())
		running.Go(func() { errs[n] = lanes[n].run() })
	}
	if err := feed(image, lanes); err != nil {
		cancel(err)
	}
	running.Wait()
	return errs
}

// chunk is a part of the image on its way to all lanes.
type chunk struct {
	buf   []byte
	off   int64
	n     int64 // bytes of buf that count, a multiple of a block
	sum   [sha256.Size]byte
	empty bool // nothing but zeros
	users atomic.Int32
	free  chan<- *chunk
}

// done gives the chunk back when its last lane is through with it. A lane that
// gave up never does: the kernel may still be reading the buffer.
func (c *chunk) done() {
	if c.users.Add(-1) > 0 {
		return
	}
	select {
	case c.free <- c:
	default:
	}
}

// feed reads the image once and hands every part of it to every lane.
func feed(image Source, lanes []*lane) error {
	defer closeAll(lanes)
	r, err := image.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	free := make(chan *chunk, ahead+2)
	for off, length := int64(0), int64(Head); ; length = Chunk {
		length = min(length, roundUp(image.Bytes()-off))
		c := take(free, min(Chunk, image.Bytes()))
		err := r.Next(c.buf[:length])
		if errors.Is(err, io.EOF) {
			return seal(r, lanes)
		}
		if err != nil {
			return err
		}
		c.off, c.n = off, length
		off += length
		if !hand(c, lanes) {
			return nil // nobody is left; each lane knows why
		}
	}
}

func take(free chan *chunk, size int64) *chunk {
	select {
	case c := <-free:
		return c
	default:
		return &chunk{buf: aligned(int(roundUp(size))), free: free}
	}
}

// hand gives the chunk to the lanes that still run and reports whether there
// are any.
func hand(c *chunk, lanes []*lane) (any bool) {
	if c.empty = zeros(c.buf[:c.n]); !c.empty {
		c.sum = sha256.Sum256(c.buf[:c.n])
	}
	c.users.Store(int32(len(lanes)))
	for _, l := range lanes {
		select {
		case l.queue <- c:
			any = true
		case <-l.over:
		}
	}
	return any
}

// seal tells the lanes that they have all of the image, and that it was right.
func seal(r Pass, lanes []*lane) error {
	if err := r.End(); err != nil {
		return err
	}
	for _, l := range lanes {
		l.whole.Store(true)
	}
	return nil
}

func closeAll(lanes []*lane) {
	for _, l := range lanes {
		close(l.queue)
	}
}
