package journal

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/mallette-kit/mallette/device/supervisor"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// Keeper fills a journal from the supervisor and the kernel.
type Keeper struct {
	Journal
	Supervisor supervisor.Client
	Kernel     string   // "/dev/kmsg"
	Programs   []string // whose lines are kept
	Log        *slog.Logger

	ready chan struct{} // closed once what was said before is on the disk
}

// Times of a keeper.
const (
	syncEvery = 10 * time.Second
	syncTrial = time.Second // the power may go at any moment when a release is tried
	quietTime = 300 * time.Millisecond
	comeBack  = 2 * time.Second // after the supervisor did not answer
)

// most is how many lines of one program are kept between two syncs.
const most = 400

// Init readies a keeper for Run and Ready.
func (k *Keeper) Init() { k.ready = make(chan struct{}) }

// Ready waits until what was said before is kept, but never longer than patience:
// a program that is about to crash leaves word of the crash before.
func (k *Keeper) Ready(ctx context.Context, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-k.ready:
	case <-ctx.Done():
	}
}

// Run keeps until ctx is done. A disk that does not take the journal costs the
// journal and nothing else.
func (k *Keeper) Run(ctx context.Context) error {
	lines, all := make(chan wire.JournalLine), make(chan struct{})
	var sources, silent sync.WaitGroup
	silent.Add(len(k.Programs))
	give := func(l wire.JournalLine) {
		select {
		case lines <- l:
		case <-ctx.Done():
		}
	}
	for _, name := range k.Programs {
		known := k.known(name)
		sources.Go(func() { k.listen(ctx, name, known, sync.OnceFunc(silent.Done), give) })
	}
	known := k.known(Kernel)
	sources.Go(func() {
		if err := followKernel(ctx, k.Kernel, known.pass(give)); err != nil && ctx.Err() == nil {
			k.Log.Warn("kernel's log not kept", "err", err)
		}
	})
	sources.Go(func() { silent.Wait(); close(all) })
	k.keep(ctx, lines, all)
	sources.Wait()
	if err := errors.Join(k.Sync(), k.Close()); err != nil {
		k.Log.Warn("journal not closed", "err", err)
	}
	return ctx.Err()
}

// listen follows a program, and again whenever that ends.
func (k *Keeper) listen(ctx context.Context, name string, known *seen, answered func(), give func(wire.JournalLine)) {
	defer answered()
	pass := known.pass(give)
	for {
		known.again()
		err := k.Supervisor.Follow(ctx, name, answered, func(text string) {
			if l, ok := Parse(name, text); ok {
				pass(l)
			}
		})
		wait := comeBack
		if errors.Is(err, supervisor.ErrNoProgram) {
			wait = time.Hour
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// keep writes what comes until ctx is done. What was said before is there once all
// have answered and nothing has come for a moment.
func (k *Keeper) keep(ctx context.Context, lines <-chan wire.JournalLine, all <-chan struct{}) {
	every := syncEvery
	if k.Start.Trial {
		every = syncTrial
	}
	tick, limit := time.NewTicker(every), allowance{}
	defer tick.Stop()
	var quiet <-chan time.Time
	for {
		select {
		case l := <-lines:
			if quiet != nil {
				quiet = time.After(quietTime)
			}
			if limit.takes(l.Program) {
				k.put(l)
			}
		case <-all:
			all, quiet = nil, time.After(quietTime)
		case <-quiet:
			quiet = nil
			k.settle()
			close(k.ready)
		case <-tick.C:
			k.put(limit.spent()...)
			k.settle()
		case <-ctx.Done():
			return
		}
	}
}

func (k *Keeper) put(lines ...wire.JournalLine) {
	if err := k.Write(lines...); err != nil {
		k.Log.Debug("journal not written", "err", err) // at a level that no sync can echo
	}
}

func (k *Keeper) settle() {
	if err := k.Sync(); err != nil {
		k.Log.Debug("journal not synced", "err", err)
	}
}

// allowance counts lines, so that a program that repeats itself does not push out
// what the others said.
type allowance map[string]int

func (a allowance) takes(program string) bool {
	a[program]++
	return a[program] <= most
}

// spent says how many lines were left out, and counts again from nothing.
func (a allowance) spent() (lines []wire.JournalLine) {
	for program, n := range a {
		if n > most {
			lines = append(lines, wire.JournalLine{Program: program, Level: levelWarn, Message: "lines left out: too many at once"})
		}
		delete(a, program)
	}
	return lines
}
