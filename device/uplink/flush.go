package uplink

import (
	"context"
	"errors"
	"fmt"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// window is how many messages are on their way before an answer is waited for.
const window = 8

// cursor is how far a log was sent or acknowledged.
type cursor struct{ seq, rev uint64 }

func ackOf(a wire.Ack, log pass.LogID) cursor {
	for _, l := range a.Logs {
		if l.Log == log {
			return cursor{l.Seq, l.Rev}
		}
	}
	return cursor{}
}

// flush sends what is in the outbox above the cursor and was not sent in this
// session yet.
func (s *session) flush(ctx context.Context) error {
	if s.resendDue() {
		s.sendAgain()
	}
	current, aside, err := s.cfg.Outbox.Open(ctx)
	if err != nil {
		s.unread(ctx, err)
		return nil
	}
	defer closeAll(current, aside)
	for _, l := range aside {
		if err := s.flushAside(ctx, l); err != nil {
			return err
		}
	}
	if current == nil {
		return nil
	}
	_, err = s.flushLog(ctx, current)
	return err
}

func closeAll(current Ledger, aside []Ledger) {
	if current != nil {
		current.Close()
	}
	for _, l := range aside {
		l.Close()
	}
}

// flushAside sends a log that was set aside once per epoch. It may have holes,
// which no acknowledgement will ever cover; the server has committed what it
// answered for, and that is all there is to send.
func (s *session) flushAside(ctx context.Context, l Ledger) error {
	log, err := l.Log(ctx)
	if err != nil || s.epoch == "" || s.store.state.Finished[log] == s.epoch {
		return nil // an unreadable file is the launcher's to report
	}
	whole, err := s.flushLog(ctx, l)
	if err != nil || !whole {
		return err
	}
	if s.store.state.Finished == nil {
		s.store.state.Finished = map[pass.LogID]string{}
	}
	s.store.state.Finished[log] = s.epoch
	s.keep()
	return nil
}

// flushLog sends records, then counters. A log that cannot be read now is not
// the connection's fault.
func (s *session) flushLog(ctx context.Context, l Ledger) (whole bool, err error) {
	log, err := l.Log(ctx)
	if err != nil {
		s.unread(ctx, err)
		return false, nil
	}
	from := s.startOf(log)
	for _, send := range []func(context.Context, Ledger, pass.LogID, *cursor) error{s.sendRecords, s.sendCounters} {
		err := send(ctx, l, log, &from)
		s.sent[log] = from
		if errors.Is(err, errRead) {
			s.unread(ctx, err)
			return false, nil
		}
		if errors.Is(err, errMore) {
			s.Kick()
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	s.noteWaiting(log)
	return true, nil
}

// errRead marks a failure of the outbox, as opposed to the connection.
var errRead = errors.New("read outbox")

// errMore says that there is more to send after a look at what came down.
var errMore = errors.New("more to send")

// turn is how many messages are sent before the session looks around.
const turn = 4 * window

// unread makes the next look read again: the launcher may be replacing the file.
func (s *session) unread(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	s.log.Warn("outbox not read", "err", err)
	s.dirty = true
}

func (s *session) startOf(log pass.LogID) cursor {
	acked, sent := ackOf(s.store.state.Ack, log), s.sent[log]
	return cursor{max(acked.seq, sent.seq), max(acked.rev, sent.rev)}
}

func (s *session) sendRecords(ctx context.Context, l Ledger, log pass.LogID, from *cursor) error {
	w := newWindow(s)
	for {
		first, entries, err := l.Entries(ctx, from.seq+1, wire.MaxEntries)
		if err != nil {
			return fmt.Errorf("%w: %w", errRead, errors.Join(err, w.drain(ctx)))
		}
		if len(entries) == 0 || w.count == turn {
			return w.end(ctx, len(entries) > 0)
		}
		n, err := w.send(ctx, wire.KindRecords, len(entries), func(n int) wire.Message {
			return &wire.Records{Log: log, First: first, Entries: entries[:n]}
		})
		if err != nil {
			return err
		}
		from.seq = first + uint64(n) - 1
	}
}

func (s *session) sendCounters(ctx context.Context, l Ledger, log pass.LogID, from *cursor) error {
	w := newWindow(s)
	for {
		list, err := l.ChangedCounters(ctx, from.rev, wire.MaxCounters)
		if err != nil {
			return fmt.Errorf("%w: %w", errRead, errors.Join(err, w.drain(ctx)))
		}
		if len(list) == 0 || w.count == turn {
			return w.end(ctx, len(list) > 0)
		}
		n, err := w.send(ctx, wire.KindCounters, len(list), func(n int) wire.Message {
			return &wire.Counters{Log: log, Counters: list[:n]}
		})
		if err != nil {
			return err
		}
		from.rev = list[n-1].Rev
	}
}

// inFlight is a window of messages the server has not answered for.
type inFlight struct {
	s      *session
	tokens []paho.Token
	count  int
}

func newWindow(s *session) *inFlight { return &inFlight{s: s} }

// send publishes as many of the n items as fit in one message and returns how
// many did, waiting for the oldest answer when the window is full.
func (w *inFlight) send(ctx context.Context, kind wire.Kind, n int, of func(int) wire.Message) (int, error) {
	token, err := w.s.send(w.s.upTopic(kind), false, of(n))
	for errors.Is(err, wire.ErrTooLarge) && n > 1 {
		n /= 2
		token, err = w.s.send(w.s.upTopic(kind), false, of(n))
	}
	if err != nil {
		return 0, fmt.Errorf("send %s: %w", kind, err)
	}
	w.tokens, w.count = append(w.tokens, token), w.count+1
	if len(w.tokens) < window {
		return n, nil
	}
	oldest := w.tokens[0]
	w.tokens = w.tokens[1:]
	return n, w.s.wait(ctx, oldest)
}

func (w *inFlight) end(ctx context.Context, more bool) error {
	if err := w.drain(ctx); err != nil || !more {
		return err
	}
	return errMore
}

func (w *inFlight) drain(ctx context.Context) error {
	for _, t := range w.tokens {
		if err := w.s.wait(ctx, t); err != nil {
			return err
		}
	}
	w.tokens = nil
	return nil
}

// noteWaiting notes, to the hour, since when something waits for its ack, and
// when to send it again: a server may have answered and then been restored.
func (s *session) noteWaiting(log pass.LogID) {
	if s.startOf(log) == ackOf(s.store.state.Ack, log) {
		return
	}
	if s.resendAt.IsZero() {
		s.resendAt = time.Now().Add(s.resend)
	}
	s.setWaiting(true)
}

func (s *session) resendDue() bool {
	return !s.resendAt.IsZero() && time.Now().After(s.resendAt)
}

// sendAgain starts over from the cursor, less often each time.
func (s *session) sendAgain() {
	s.log.Warn("not acknowledged, sent again")
	clear(s.sent)
	s.resendAt = time.Time{}
	s.resend = min(2*s.resend, 16*s.cfg.Timing.Resend)
}
