// Package sandbox is the throw-away world a session runs in: a read-only
// userland under a size-limited tmpfs, in namespaces of its own, with the few
// devices it needs, few rights, and a network in which nothing exists but what
// its owner opened there.
//
//	func main() {
//		sandbox.Main() // becomes the session's first process when it is one
//		…
//	}
//
//	s, err := sandbox.Start(ctx, plan)
//	pages := s.Listeners()[0] // opened inside, served outside
//	<-s.Done()                // a service of the session ended, or all of it
//	err = s.End()             // kills it and looks that nothing is left
//
// Ending a session is killing one process. The kernel then takes every other
// process of its PID namespace with it, and with the last one its mounts, its
// memory, its sockets, queues and shared segments: there is nothing to clean
// and so nothing to forget. [Session.End] looks nevertheless, and says what it
// found.
//
// Inside, the first process is this same program again. It builds the root,
// gives up every right but those in keptRights, forbids itself to get any back,
// closes the system calls that no session needs, and only then starts services.
// A browser's own sandbox of user namespaces and seccomp still works in it.
//
// The package never touches the station's data, and nothing that a session
// wrote is ever read from outside.
package sandbox

import (
	"io/fs"
	"os"
	"time"
)

// Who a session's person is to the kernel; the userland has it as "personne".
const (
	PersonUID = 1000
	PersonGID = 1000
	Home      = "/home/personne"
)

// Plan is what a session is made of. Dir and Root are required.
type Plan struct {
	Dir  string // on the host: where sessions are put together
	Root string // on the host: the userland, mounted read-only

	Space     int64 // bytes that a session may write; 0 means 256 MiB
	Memory    int64 // bytes that it may use, with what it wrote; 0 means no limit
	Processes int   // how many processes and threads; 0 means no limit

	Devices []string // below /dev, nodes or folders, bound where the machine has them
	Share   string   // on the host: a folder that is a shared mount, or ""
	ShareAt string   // where the session sees it

	Files    []File    // written before anything starts
	Listen   []string  // loopback addresses to open inside, see [Session.Listeners]
	Services []Service // started in this order; one that ends, ends the session

	Output *os.File // what services print; nil throws it away, it may hold what people typed
}

// File is a file or, with an empty Text and fs.ModeDir, a folder in the session.
type File struct {
	Path string
	Text string
	Mode fs.FileMode
	UID  int
}

// Service is a program of the session.
type Service struct {
	Name string
	Argv []string
	Env  []string
	// Person runs it as [PersonUID] with Groups; otherwise it is root with the
	// few rights that are left.
	Person bool
	Groups []uint32
	// Once is a program that has to end well before the next starts.
	Once bool
	// Ready is a path whose coming says that the next may start.
	Ready string
	// Within bounds Once and Ready; 0 means 20 s.
	Within time.Duration
}

const (
	usualSpace  = 256 << 20
	usualWithin = 20 * time.Second
)

func (p Plan) space() int64 {
	if p.Space <= 0 {
		return usualSpace
	}
	return p.Space
}

func (s Service) within() time.Duration {
	if s.Within <= 0 {
		return usualWithin
	}
	return s.Within
}
