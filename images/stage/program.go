package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// patience bounds how long a program may take to stop after it was asked.
const patience = 15 * time.Second

// Program is one running program of the system. Its methods are safe for
// concurrent use.
type Program struct {
	Name string
	cmd  *exec.Cmd
	done chan struct{} // closed when the program has ended
	mu   sync.Mutex
	err  error // why it ended; read after done
}

// Run starts the program at path and copies what it says to out, line by line,
// until it ends. The program dies with this process, even a killed one.
func Run(path string, args []string, env []string, out io.Writer) (*Program, error) {
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &Program{Name: path, cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go p.live(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return p, nil
}

// live starts the program and waits for its end on one thread of its own: the
// kernel ends the program with the thread that started it.
func (p *Program) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	err = p.cmd.Wait()
	p.mu.Lock()
	p.err = err
	p.mu.Unlock()
	close(p.done)
}

// Done is closed when the program has ended.
func (p *Program) Done() <-chan struct{} { return p.done }

// Err says how the program ended, after Done is closed.
func (p *Program) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// PID returns the process id.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Kill ends the program as a power cut would (SIGKILL) and waits for it.
func (p *Program) Kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// Stop asks the program to end (SIGTERM), waits, and kills it when it does not.
func (p *Program) Stop(ctx context.Context) error {
	p.signal(syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("stop %s: %w", p.Name, context.Cause(ctx))
	}
}

func (p *Program) signal(s syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
	}
}

// errEnded says that a program ended while something was expected of it.
var errEnded = errors.New("ended before it was ready")

// Await calls ready until it succeeds, the program ends or the time is over.
func (p *Program) Await(ctx context.Context, limit time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return poll(ctx, p.done, p.Name, ready)
}

func poll(ctx context.Context, ended <-chan struct{}, name string, ready func(context.Context) error) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ended:
			return fmt.Errorf("%s: %w", name, errEnded)
		case <-ctx.Done():
			return fmt.Errorf("%s not ready in time: %w", name, err)
		}
	}
}
