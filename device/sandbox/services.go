package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/device/parcel"
)

// servicesEnv carries the list of services over the service keeper's birth.
const servicesEnv = "MALLETTE_SERVICES"

// readyPoll is how often a service's path is looked for.
const readyPoll = 5 * time.Millisecond

// errSlow says that a service was not ready in time.
var errSlow = errors.New("not ready in time")

// keeper is the session's first process from now on: it starts services,
// takes in what ends, and ends the session when a service does.
type keeper struct {
	talk *net.UnixConn

	mu      sync.Mutex
	running map[int]Service
	once    map[int]chan syscall.WaitStatus
	early   map[int]syscall.WaitStatus // ended before they were written down
	born    chan struct{}              // something was started
}

// keep runs the session. When it returns the session is over.
func keep() int {
	unix.CloseOnExec(talkFD)
	talk, err := parcel.Adopt(os.NewFile(talkFD, "talk"))
	if err != nil {
		return 1
	}
	k := &keeper{
		talk: talk, running: map[int]Service{}, once: map[int]chan syscall.WaitStatus{}, early: map[int]syscall.WaitStatus{},
		born: make(chan struct{}, 1),
	}
	var services []Service
	if err := json.Unmarshal([]byte(os.Getenv(servicesEnv)), &services); err != nil {
		return tell(talk, "read services", err)
	}
	go k.reap()
	for _, s := range services {
		if err := k.bring(s); err != nil {
			return tell(talk, s.Name, err)
		}
	}
	if err := parcel.Send(talk, event{Kind: eventUp}); err != nil {
		return 1
	}
	return k.obey()
}

// obey starts what it is told to until nobody tells anything any more.
func (k *keeper) obey() int {
	for {
		var extra Service
		files, err := parcel.Receive(k.talk, &extra)
		parcel.Close(files)
		if err != nil {
			return 1
		}
		extra.Name = ""
		_, _ = k.start(extra) // whoever asked sees that nothing comes
	}
}

// bring starts a service and waits until the next may be started.
func (k *keeper) bring(s Service) error {
	pid, err := k.start(s)
	if err != nil {
		return err
	}
	deadline := time.NewTimer(s.within())
	defer deadline.Stop()
	if s.Once {
		return k.awaitEnd(pid, deadline.C)
	}
	if s.Ready == "" {
		return nil
	}
	return awaitPath(s.Ready, deadline.C)
}

func (k *keeper) start(s Service) (int, error) {
	if len(s.Argv) == 0 {
		return 0, errors.New("no program")
	}
	attr := &os.ProcAttr{Env: s.Env, Dir: "/", Files: []*os.File{nil, os.Stdout, os.Stderr}, Sys: &syscall.SysProcAttr{Setsid: true}}
	if s.Person {
		attr.Dir = Home
		attr.Sys.Credential = &syscall.Credential{Uid: PersonUID, Gid: PersonGID, Groups: s.Groups}
	}
	p, err := os.StartProcess(s.Argv[0], s.Argv, attr)
	if err != nil {
		return 0, err
	}
	pid := p.Pid
	_ = p.Release() // reap waits for all
	k.note(pid, s)
	return pid, nil
}

// note writes down who runs, and hears at once of one that has ended already.
func (k *keeper) note(pid int, s Service) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s.Once {
		k.once[pid] = make(chan syscall.WaitStatus, 1)
	}
	k.running[pid] = s
	if status, ended := k.early[pid]; ended {
		delete(k.early, pid)
		k.ended(pid, status)
	}
	select {
	case k.born <- struct{}{}:
	default:
	}
}

// reap waits for every process of the session, also those whose parents left.
func (k *keeper) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.ECHILD:
			<-k.born
		case err == nil:
			k.mu.Lock()
			k.ended(pid, status)
			k.mu.Unlock()
		}
	}
}

// ended is called with the lock held.
func (k *keeper) ended(pid int, status syscall.WaitStatus) {
	s, known := k.running[pid]
	delete(k.running, pid)
	switch {
	case !known:
		k.remember(pid, status)
	case s.Once:
		k.once[pid] <- status
	case s.Name != "":
		_ = parcel.Send(k.talk, event{Kind: eventExited, Name: s.Name, Text: ending(status)}) // heard or not, it is over
		os.Exit(1)
	}
}

// remember keeps the end of a process that may be one just started. Orphans of
// other programs come here too: few are kept.
func (k *keeper) remember(pid int, status syscall.WaitStatus) {
	if len(k.early) > 64 {
		clear(k.early)
	}
	k.early[pid] = status
}

func ending(status syscall.WaitStatus) string {
	if status.Signaled() {
		return status.Signal().String()
	}
	return fmt.Sprintf("exit status %d", status.ExitStatus())
}

func (k *keeper) awaitEnd(pid int, deadline <-chan time.Time) error {
	k.mu.Lock()
	ended := k.once[pid]
	k.mu.Unlock()
	select {
	case status := <-ended:
		if status != 0 {
			return errors.New(ending(status))
		}
		return nil
	case <-deadline:
		return errSlow
	}
}

func awaitPath(path string, deadline <-chan time.Time) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		if _, err := os.Lstat(path); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-deadline:
			return errSlow
		}
	}
}
