package boot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Event is something that happened to the machine, as QEMU names it: RESET,
// SHUTDOWN, WATCHDOG, RTC_CHANGE, STOP.
type Event struct {
	Name string
	Data map[string]any
}

// qmp is the door through which the machine is operated. One command is under
// way at a time.
type qmp struct {
	conn   net.Conn
	turn   sync.Mutex
	answer chan reply
	done   chan struct{} // closed at the end of the machine

	mu      sync.Mutex
	events  []Event
	changed chan struct{}
}

type reply struct {
	Return json.RawMessage
	Error  *struct{ Desc string }
	Event  string
	Data   map[string]any
	QMP    json.RawMessage
}

func newQMP(conn net.Conn) *qmp {
	q := &qmp{conn: conn, answer: make(chan reply, 1), done: make(chan struct{}), changed: make(chan struct{})}
	return q
}

func (q *qmp) listen() {
	defer close(q.done)
	d := json.NewDecoder(q.conn)
	for {
		var r reply
		switch err := d.Decode(&r); {
		case err != nil:
			return
		case r.Event != "":
			q.happened(Event{Name: r.Event, Data: r.Data})
		case r.QMP == nil:
			q.answer <- r
		}
	}
}

func (q *qmp) happened(e Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, e)
	close(q.changed)
	q.changed = make(chan struct{})
}

// do sends a command and returns its answer.
func (q *qmp) do(ctx context.Context, command string, arguments any) (json.RawMessage, error) {
	q.turn.Lock()
	defer q.turn.Unlock()
	line, err := json.Marshal(map[string]any{"execute": command, "arguments": or(arguments, any(struct{}{}))})
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = q.conn.SetWriteDeadline(deadline)
	} else {
		_ = q.conn.SetWriteDeadline(time.Time{})
	}
	if _, err := q.conn.Write(append(line, '\n')); err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	return q.answered(ctx, command)
}

func (q *qmp) answered(ctx context.Context, command string) (json.RawMessage, error) {
	select {
	case r := <-q.answer:
		if r.Error != nil {
			return nil, fmt.Errorf("%s: %s", command, r.Error.Desc)
		}
		return r.Return, nil
	case <-q.done:
		return nil, fmt.Errorf("%s: %w", command, ErrOff)
	case <-ctx.Done():
		q.conn.Close() // an answer that comes later must not be taken for another's
		return nil, fmt.Errorf("%s: %w", command, errors.Join(ctx.Err()))
	}
}

// since returns the events after the first n and a channel that is closed when
// there are more.
func (q *qmp) since(n int) ([]Event, <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.events[min(n, len(q.events)):], q.changed
}
