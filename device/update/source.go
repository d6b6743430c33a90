package update

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/mallette-kit/mallette/device/public"
)

// idle is how long a line may say nothing before it is given up.
const idle = time.Minute

// patient reads with a bound on silence and on speed.
type patient struct {
	ctx   context.Context
	r     io.Reader
	timer *time.Timer
	kbps  int
	began time.Time
	n     int64
}

// receive calls with a reader of n bytes of a file that gives up a silent line
// and keeps below kbps, 0 for as fast as it comes.
func receive(ctx context.Context, from public.Source, name string, at, n int64, kbps int, read func(io.Reader) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silent := time.AfterFunc(idle, cancel)
	defer silent.Stop()
	body, err := from.Open(ctx, name, at, n)
	if err != nil {
		return err
	}
	p := &patient{ctx: ctx, r: io.LimitReader(body, n), timer: silent, kbps: kbps, began: time.Now()}
	return errors.Join(read(p), body.Close())
}

const gulp = 16 << 10

// Read implements [io.Reader].
func (p *patient) Read(b []byte) (int, error) {
	if p.kbps > 0 && !p.pace() {
		return 0, p.ctx.Err()
	}
	p.timer.Reset(idle)
	n, err := p.r.Read(b[:min(len(b), gulp)])
	p.n += int64(n)
	return n, err
}

// pace waits until as much may have come as has come.
func (p *patient) pace() bool {
	due := time.Duration(float64(p.n*8) / float64(p.kbps) * float64(time.Millisecond))
	p.timer.Stop()
	return sleep(p.ctx, due-time.Since(p.began))
}
