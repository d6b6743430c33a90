// Package wire is what stations and the fleet say to each other over MQTT:
// topics, messages, their limits, and the version of all three.
//
// A topic reads kit/1/{tenant}/{station}/u/{kind} on the way up and
// kit/1/{tenant}/{station}/d/{kind} on the way down, so that a broker needs
// two access rules: a station publishes below its own u/ and subscribes below
// its own d/. Payloads are JSON, one object a message, at most [MaxPayload]
// bytes, QoS 1. Fields are only ever added: a decoder ignores what it does not
// know and an encoder keeps what an older peer needs (one version back, for
// 24 months).
//
// On each connection a station subscribes below its d/ and is told time, ack,
// desired and the next job; it publishes a retained state and hello, then what
// the fleet has not stored yet. PUBACK means that a message is committed, no
// more; what lets a station move on is ack:
//
//   - Records and counters belong to a log, one outbox file with a random id.
//     The key of a record is (tenant, station, log, seq), seq without a gap, so
//     that a second copy changes nothing and a new log is never a replay.
//   - Ack says for each log up to which seq and rev everything is stored. A
//     station sends from there on, and keeps what it has sent for 45 days.
//   - Ack carries the epoch of the fleet's store. Another epoch means a store
//     restored from a backup: the station goes back to what that ack covers.
//   - A will carries its session number; one below the newest is old news.
//   - A job is carried out once, before it expires, and its progress told on
//     u/job/{id}.
//
// fleet/docs/0003-committed-before-acknowledged.md has the reasons.
//
// The package is a leaf: it never opens a connection, reads a clock or
// decides whether a message is believed.
package wire

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Version is the protocol version that a station announces in [Hello].
//
//	1  2026-11-21  first version: state, hello, records, counters, telemetry,
//	               reported and job upwards; desired, job, ack and time downwards
//	   2026-11-21  telemetry says which files of their makers drivers miss
//	   2026-11-22  desired names a base release, reported how far it is; jobs
//	               restart, move and wipe; progress has a reason and a receipt
//	   2026-11-22  desired says when the usual place is open, and a place's proxy
//	   2026-11-22  job logs; journals by HTTPS, ordered or of a start that failed
const Version = 1

// MaxPayload is the largest payload, in bytes, that either side accepts.
const MaxPayload = 128 << 10

// MaxEntries is the largest number of ledger entries in one [Records] message.
const MaxEntries = 64

// MaxCounters is the largest number of counters in one [Counters] message.
const MaxCounters = 256

// ErrTooLarge says that a payload is over [MaxPayload].
var ErrTooLarge = errors.New("payload over the protocol's limit")

// ErrMalformed says that a payload is not the JSON object its topic promises.
// It never carries the payload's content.
var ErrMalformed = errors.New("malformed payload")

// Message is implemented by every payload type of this package.
type Message interface {
	// Check returns an error that wraps [ErrMalformed] when a field is
	// missing, out of range or over a limit.
	Check() error
}

// Encode returns m as JSON. It fails on a message that [Decode] would refuse.
func Encode(m Message) ([]byte, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", m, err)
	}
	if len(b) > MaxPayload {
		return nil, fmt.Errorf("encode %T: %w", m, ErrTooLarge)
	}
	return b, nil
}

// Decode reads payload into m and checks it. Errors wrap [ErrTooLarge] or
// [ErrMalformed] and never quote the payload.
func Decode(payload []byte, m Message) error {
	if len(payload) > MaxPayload {
		return ErrTooLarge
	}
	if err := json.Unmarshal(payload, m); err != nil {
		return fmt.Errorf("%w: not a %T", ErrMalformed, m)
	}
	return m.Check()
}

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }
