// Package watch says when something has changed in a directory, such as a
// device plugged in under /dev.
//
// It is a hint, not a list: the visitor looks for itself, so that a missed or
// doubled notice costs nothing. A directory that does not exist, or a kernel
// without inotify, is looked at from time to time instead.
package watch

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/hardware/reader"
)

// Kinds of change that are worth a visit.
const (
	// Nodes: a name appeared, went, or may now be opened.
	Nodes uint32 = unix.IN_CREATE | unix.IN_DELETE | unix.IN_ATTRIB | unix.IN_MOVED_TO | unix.IN_MOVED_FROM
	// Files: a file has been written to its end or moved in.
	Files uint32 = unix.IN_CLOSE_WRITE | unix.IN_MOVED_TO
)

// Dir calls visit once, then after each burst of changes of that kind in dir
// and at least once every period, until ctx is done. Nothing that happens
// after Dir is called is missed.
func Dir(ctx context.Context, dir string, kind uint32, every time.Duration, visit func()) {
	for ctx.Err() == nil {
		notices, err := subscribe(dir, kind)
		visit()
		if err != nil {
			sleep(ctx, every)
			continue
		}
		follow(ctx, notices, every, visit)
	}
}

// Until looks as Dir does until there is what is waited for; it is false when ctx
// was done before.
func Until(ctx context.Context, dir string, kind uint32, every time.Duration, there func() bool) (found bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	Dir(ctx, dir, kind, every, func() {
		if found = found || there(); found {
			cancel()
		}
	})
	return found
}

func subscribe(dir string, kind uint32) (*os.File, error) {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("start inotify: %w", err)
	}
	notices := os.NewFile(uintptr(fd), "inotify")
	if _, err := unix.InotifyAddWatch(fd, dir, kind|unix.IN_ONLYDIR|unix.IN_DELETE_SELF); err != nil {
		notices.Close()
		return nil, fmt.Errorf("watch a directory: %w", err)
	}
	return notices, nil
}

// follow visits on each notice until ctx is done or the directory is gone.
func follow(ctx context.Context, notices *os.File, every time.Duration, visit func()) {
	defer reader.CloseWith(ctx, notices)()
	buf := make([]byte, 64<<10)
	for {
		gone := wait(notices, buf, every)
		if ctx.Err() != nil {
			return
		}
		if gone {
			sleep(ctx, time.Second)
			return
		}
		visit()
	}
}

// wait returns after a notice or a period and says whether the watch is over.
func wait(notices *os.File, buf []byte, every time.Duration) (gone bool) {
	if err := notices.SetReadDeadline(time.Now().Add(every)); err != nil {
		return true
	}
	n, err := notices.Read(buf)
	if err != nil {
		return !os.IsTimeout(err)
	}
	return over(buf[:n])
}

// over reports whether the notices tell that the directory itself has gone.
func over(notices []byte) bool {
	for len(notices) >= unix.SizeofInotifyEvent {
		e := parse(notices)
		if e.mask&(unix.IN_DELETE_SELF|unix.IN_IGNORED) != 0 {
			return true
		}
		notices = notices[min(len(notices), unix.SizeofInotifyEvent+e.name):]
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
