package wpa

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Event is something that happened. ID is the network it happened to, or -1.
type Event struct {
	Name   string // e.g. "CTRL-EVENT-CONNECTED"
	ID     int
	Reason string // of a refusal, e.g. "WRONG_KEY"
	SAE    bool   // it is about the way in which WPA3 proves a secret
	Status string // IEEE 802.11's code of a refusal
}

// What is worth acting upon.
const (
	EventJoined   = "CTRL-EVENT-CONNECTED"
	EventLeft     = "CTRL-EVENT-DISCONNECTED"
	EventHeard    = "CTRL-EVENT-SCAN-RESULTS"
	EventDeaf     = "CTRL-EVENT-SCAN-FAILED"
	EventRefused  = "CTRL-EVENT-SSID-TEMP-DISABLED"
	EventRejected = "CTRL-EVENT-AUTH-REJECT"
	EventNotHeard = "CTRL-EVENT-NETWORK-NOT-FOUND"
	EventEnding   = "CTRL-EVENT-TERMINATING"
)

// challengeFailure is what an access point answers to a proof that is not the
// one it computed itself.
const challengeFailure = "15"

// WrongSecret reports whether the Wi-Fi refused the secret: WPA2 by a key that
// does not fit, WPA3 by a proof that does not.
func (e Event) WrongSecret() bool {
	return e.Name == EventRefused && e.Reason == "WRONG_KEY" || e.Name == EventRejected && e.SAE && e.Status == challengeFailure
}

// alive is how often a silent program is asked whether it is there: it sends
// nothing when it dies.
const alive = 20 * time.Second

// Attach asks for events; [Socket.Events] then reads them. It needs a socket of
// its own, used for nothing else.
func (s *Socket) Attach(ctx context.Context) error {
	if err := s.do(ctx, "ATTACH"); err != nil {
		return fmt.Errorf("hear wifi: %w", err)
	}
	return nil
}

// Events hands every event to hear until ctx is done or the program is gone.
func (s *Socket) Events(ctx context.Context, hear func(Event)) error {
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	defer stop()
	buf, asked := make([]byte, maxAnswer), false
	for {
		if err := s.conn.SetDeadline(time.Now().Add(alive)); err != nil {
			return fmt.Errorf("hear wifi: %w", err)
		}
		n, err := s.conn.Read(buf)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case isTimeout(err) && !asked:
			asked = true
			if err := s.conn.SetWriteDeadline(time.Now().Add(answerTime)); err != nil {
				return fmt.Errorf("hear wifi: %w", err)
			}
			if _, err := s.conn.Write([]byte("PING")); err != nil {
				return fmt.Errorf("hear wifi: %w", err)
			}
			continue
		case err != nil:
			return fmt.Errorf("hear wifi: %w", err)
		}
		asked = false
		if e, ok := ParseEvent(string(buf[:n])); ok {
			hear(e)
		}
	}
}

func isTimeout(err error) bool {
	t, ok := err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

// ParseEvent reads one message; ok is false for those that are not events.
func ParseEvent(text string) (e Event, ok bool) {
	if strings.HasPrefix(text, "<") {
		_, text, ok = strings.Cut(text, ">")
	}
	fields := strings.Fields(text)
	if !ok || len(fields) == 0 || !strings.HasPrefix(fields[0], "CTRL-EVENT-") {
		return Event{}, false
	}
	e = Event{Name: fields[0], ID: -1}
	for _, f := range fields[1:] {
		key, value, _ := strings.Cut(strings.Trim(f, "[]"), "=")
		switch key {
		case "id":
			if id, err := strconv.Atoi(value); err == nil {
				e.ID = id
			}
		case "reason":
			e.Reason = value
		case "auth_type":
			e.SAE = value == "3"
		case "status_code":
			e.Status = value
		}
	}
	return e, true
}
