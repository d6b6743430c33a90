package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/parcel"
)

// ErrStart says that a session could not be put together.
var ErrStart = errors.New("session not started")

// ErrExited says that a service ended, and the session with it.
var ErrExited = errors.New("service ended")

// namespaces are what a session has for itself. Its users are the host's: the
// person is nobody there, and root in it has few rights.
const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWNET

// Session is one running session. Its methods are safe for concurrent use.
type Session struct {
	dir       string
	group     *group
	process   *os.Process
	talk      *net.UnixConn
	listeners []net.Listener
	limits    Limits

	up     chan struct{}
	gone   chan struct{} // its first process has been waited for
	heard  chan struct{} // all it said has been read
	mu     sync.Mutex
	cause  error
	ending sync.Once
	left   error
}

// Start puts a session together and returns when its network and files are
// there and its services are starting; see [Session.Up]. Ending ctx does not
// end the session, [Session.End] does, and so does the end of this program.
func Start(ctx context.Context, plan Plan) (*Session, error) {
	s := &Session{up: make(chan struct{}), gone: make(chan struct{}), heard: make(chan struct{})}
	if err := s.open(plan); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrStart, err), s.abandon())
	}
	ready := make(chan error, 1)
	go s.listen(ready)
	select {
	case err := <-ready:
		if err == nil {
			return s, nil
		}
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrStart, err), s.End())
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrStart, ctx.Err()), s.End())
	}
}

func (s *Session) open(plan Plan) (err error) {
	if err := os.MkdirAll(plan.Dir, 0o700); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp(plan.Dir, "session-"); err != nil {
		return err
	}
	s.group, s.limits = openGroup(plan)
	var theirs *os.File
	if s.talk, theirs, err = parcel.Pair(); err != nil {
		return err
	}
	defer theirs.Close()
	return s.launch(plan, theirs)
}

// launch starts the first process and hands it the plan.
func (s *Session) launch(plan Plan, theirs *os.File) error {
	text, err := json.Marshal(order{Plan: plan, Dir: s.dir})
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	started := make(chan error)
	go s.hold(s.command(plan.Output, theirs, r), started)
	err = <-started
	r.Close()
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (s *Session) command(output *os.File, files ...*os.File) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args, cmd.Env, cmd.Dir, cmd.ExtraFiles = []string{firstProcess}, []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, "/", files
	if output != nil {
		cmd.Stdout, cmd.Stderr = output, output
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Setsid: true, Pdeathsig: syscall.SIGKILL}
	s.group.into(cmd.SysProcAttr)
	return cmd
}

// hold starts the process and waits for its end on one thread: the kernel
// kills the session when the thread that started it ends, which is what is
// wanted when this program dies and at no other time.
func (s *Session) hold(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	if err == nil {
		s.process = cmd.Process
	}
	started <- err
	if err != nil {
		return
	}
	_ = cmd.Wait() // killed, always
	close(s.gone)
}

// listen reads what the session says until it is gone.
func (s *Session) listen(ready chan<- error) {
	defer close(s.heard)
	for {
		var e event
		files, err := parcel.Receive(s.talk, &e)
		if err != nil {
			s.fail(fmt.Errorf("%w: killed", ErrExited))
			ready <- s.Err()
			<-s.gone
			return
		}
		s.on(e, files, ready)
	}
}

func (s *Session) on(e event, files []*os.File, ready chan<- error) {
	defer parcel.Close(files)
	switch e.Kind {
	case eventReady:
		ready <- s.adopt(files)
	case eventUp:
		close(s.up)
	case eventFailed:
		s.fail(fmt.Errorf("%s: %s", e.Name, e.Text))
	case eventExited:
		s.fail(fmt.Errorf("%w: %s: %s", ErrExited, e.Name, e.Text))
	}
}

// adopt makes listeners of the descriptors that came.
func (s *Session) adopt(files []*os.File) error {
	for _, f := range files {
		ln, err := net.FileListener(f)
		if err != nil {
			return fmt.Errorf("adopt listener: %w", err)
		}
		s.listeners = append(s.listeners, ln)
	}
	return nil
}

// fail keeps the first cause.
func (s *Session) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause == nil {
		s.cause = err
	}
}

// Listeners are those that the plan asked for, in its order. They are closed
// when the session ends; duplicates that were given away have to be closed by
// who has them, for a socket keeps its network namespace.
func (s *Session) Listeners() []net.Listener { return s.listeners }

// Up is closed when all services run.
func (s *Session) Up() <-chan struct{} { return s.up }

// Done is closed when the session is over, by itself or by [Session.End].
func (s *Session) Done() <-chan struct{} { return s.heard }

// Err is why the session is over; nil before [Session.Done].
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

// Limits are those that this machine's kernel could be asked for.
func (s *Session) Limits() Limits { return s.limits }

// PID is the session's first process, as this machine numbers it.
func (s *Session) PID() int { return s.process.Pid }

// Run starts one more program in the session. Its end ends nothing.
func (s *Session) Run(service Service) error {
	if err := s.talk.SetWriteDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return fmt.Errorf("run in session: %w", err)
	}
	if err := parcel.Send(s.talk, service); err != nil {
		return fmt.Errorf("run in session: %w", err)
	}
	return nil
}
