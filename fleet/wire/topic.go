package wire

import (
	"errors"
	"strings"
)

// Tenant names an operator on a fleet server: 1 to 32 of a-z, 0-9 and '-',
// starting with a letter.
type Tenant string

// Station names a station for life: 's' and 16 characters of a-z and 2-7
// (80 random bits). It is the MQTT client id and the certificate's common name.
type Station string

// Valid reports whether t has the form of a tenant name.
func (t Tenant) Valid() bool {
	if len(t) == 0 || len(t) > 32 || t[0] < 'a' || t[0] > 'z' {
		return false
	}
	return strings.Trim(string(t), "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Valid reports whether s has the form of a station id.
func (s Station) Valid() bool {
	return len(s) == 17 && s[0] == 's' && strings.Trim(string(s), "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// Kind is the last part of a topic.
type Kind string

// The kinds of message. State to Progress travel up, Desired to Time down.
const (
	KindState     Kind = "state"
	KindHello     Kind = "hello"
	KindRecords   Kind = "records"
	KindCounters  Kind = "counters"
	KindTelemetry Kind = "telemetry"
	KindReported  Kind = "reported"
	KindProgress  Kind = "job"

	KindDesired Kind = "desired"
	KindJob     Kind = "job"
	KindAck     Kind = "ack"
	KindTime    Kind = "time"
)

// Topic is a parsed MQTT topic. Job is set only for progress of a job (u/job/{id}).
type Topic struct {
	Tenant  Tenant
	Station Station
	Up      bool
	Kind    Kind
	Job     string
}

// ErrTopic says that a topic is not of this protocol.
var ErrTopic = errors.New("not a topic of this protocol")

const prefix = "kit/1/"

// Up returns the topic on which a station publishes kind.
func Up(t Tenant, s Station, kind Kind) string { return Topic{t, s, true, kind, ""}.String() }

// Down returns the topic on which a station receives kind.
func Down(t Tenant, s Station, kind Kind) string { return Topic{t, s, false, kind, ""}.String() }

// DownFilter returns the one filter a station subscribes to.
func DownFilter(t Tenant, s Station) string {
	return prefix + string(t) + "/" + string(s) + "/d/#"
}

// String returns the topic as it travels.
func (t Topic) String() string {
	way := "/d/"
	if t.Up {
		way = "/u/"
	}
	text := prefix + string(t.Tenant) + "/" + string(t.Station) + way + string(t.Kind)
	if t.Job != "" {
		text += "/" + t.Job
	}
	return text
}

// ParseTopic reads a topic name (no wildcard). It fails with [ErrTopic].
func ParseTopic(text string) (Topic, error) {
	rest, ok := strings.CutPrefix(text, prefix)
	parts := strings.Split(rest, "/")
	if !ok || len(text) > 200 || len(parts) < 4 || len(parts) > 5 {
		return Topic{}, ErrTopic
	}
	t := Topic{Tenant: Tenant(parts[0]), Station: Station(parts[1]), Up: parts[2] == "u", Kind: Kind(parts[3])}
	if len(parts) == 5 {
		t.Job = parts[4]
	}
	if !t.Tenant.Valid() || !t.Station.Valid() || (parts[2] != "u" && parts[2] != "d") || !t.known() {
		return Topic{}, ErrTopic
	}
	return t, nil
}

func (t Topic) known() bool {
	if t.Up && t.Kind == KindProgress {
		return validName(t.Job)
	}
	if t.Job != "" {
		return false
	}
	switch t.Kind {
	case KindState, KindHello, KindRecords, KindCounters, KindTelemetry, KindReported:
		return t.Up
	case KindDesired, KindJob, KindAck, KindTime:
		return !t.Up
	}
	return false
}

// validName reports whether s is 1 to 64 of a-z, 0-9, '-', '_' and '.'.
func validName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}
