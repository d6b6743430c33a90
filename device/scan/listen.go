package scan

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"
)

const (
	beat      = 3 * time.Second  // an empty line this often says "still here"
	silence   = 10 * time.Second // without one the passreader has hung
	firstWait = 100 * time.Millisecond
	lastWait  = 2 * time.Second
	maxLine   = 16 << 10
)

// ErrLine is a line on the socket that is no reading.
var ErrLine = errors.New("not a reading")

// Listener receives the readings of a passreader.
type Listener struct {
	Socket    string       // the passreader's socket
	Log       *slog.Logger // nil: nothing is logged
	Connected func(bool)   // nil, or told whenever the passreader comes or goes
	// Readers is nil, or told which devices are open: none when the passreader
	// goes.
	Readers func(names []string)
}

// Run calls each with every reading, one at a time, until ctx is done, then
// returns nil. A passreader that is absent, restarts or hangs is waited for.
func (l Listener) Run(ctx context.Context, each func(Reading)) error {
	for wait := firstWait; ctx.Err() == nil; wait = min(2*wait, lastWait) {
		conn, err := dial(ctx, l.Socket)
		if err != nil {
			pause(ctx, wait)
			continue
		}
		err = l.receive(ctx, conn, each)
		if ctx.Err() == nil {
			l.logger().WarnContext(ctx, "passreader lost", "err", err)
		}
		wait = firstWait
		pause(ctx, wait)
	}
	return nil
}

func (l Listener) tell(connected bool) {
	if l.Connected != nil {
		l.Connected(connected)
	}
	if !connected {
		l.present(nil)
	}
}

func (l Listener) present(names []string) {
	if l.Readers != nil {
		l.Readers(names)
	}
}

func (l Listener) logger() *slog.Logger {
	if l.Log != nil {
		return l.Log
	}
	return slog.New(slog.DiscardHandler)
}

func dial(ctx context.Context, socket string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, lastWait)
	defer cancel()
	return new(net.Dialer).DialContext(ctx, "unix", socket)
}

// receive reads one connection to its end, which is an error or ctx.
func (l Listener) receive(ctx context.Context, conn net.Conn, each func(Reading)) error {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, 1024), maxLine)
	admitted := false
	defer func() {
		if admitted {
			l.tell(false)
		}
	}()
	for deadline(conn) && lines.Scan() {
		if !admitted {
			admitted = true
			l.tell(true)
		}
		if err := l.hear(lines.Bytes(), each); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("read readings: %w", err)
	}
	return nil
}

// hear takes one line: a reading, or which devices are open.
func (l Listener) hear(line []byte, each func(Reading)) error {
	r, now, err := parseLine(line)
	switch {
	case err != nil:
		return err
	case r.Code != "":
		each(r)
	case now.Readers != nil:
		l.present(now.Readers)
	}
	return nil
}

func deadline(conn net.Conn) bool {
	err := conn.SetReadDeadline(time.Now().Add(silence))
	return err == nil || errors.Is(err, os.ErrNoDeadline)
}

// parseLine reads one line; an empty line is nothing. The error never quotes
// the line.
func parseLine(line []byte) (Reading, present, error) {
	if len(line) == 0 {
		return Reading{}, present{}, nil
	}
	var l struct {
		Reading
		present
	}
	err := json.Unmarshal(line, &l)
	if err != nil || (l.Code == "") == (l.Readers == nil) || !l.present.valid() {
		return Reading{}, present{}, ErrLine
	}
	return l.Reading, l.present, nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
