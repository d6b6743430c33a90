package wire_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const station = wire.Station("sabcdefghij234567")

func TestParseTopic(t *testing.T) {
	tests := []struct {
		name, in string
		want     wire.Topic
		err      error
	}{
		{name: "up", in: "kit/1/nancy/" + string(station) + "/u/records", want: wire.Topic{Tenant: "nancy", Station: station, Up: true, Kind: wire.KindRecords}},
		{name: "down", in: "kit/1/nancy/" + string(station) + "/d/desired", want: wire.Topic{Tenant: "nancy", Station: station, Kind: wire.KindDesired}},
		{name: "progress of a job", in: "kit/1/nancy/" + string(station) + "/u/job/j-1", want: wire.Topic{Tenant: "nancy", Station: station, Up: true, Kind: wire.KindProgress, Job: "j-1"}},
		{name: "an order goes down only", in: "kit/1/nancy/" + string(station) + "/u/desired", err: wire.ErrTopic},
		{name: "a record goes up only", in: "kit/1/nancy/" + string(station) + "/d/records", err: wire.ErrTopic},
		{name: "progress without a job", in: "kit/1/nancy/" + string(station) + "/u/job", err: wire.ErrTopic},
		{name: "a job's progress downwards", in: "kit/1/nancy/" + string(station) + "/d/job/j-1", err: wire.ErrTopic},
		{name: "neither way", in: "kit/1/nancy/" + string(station) + "/x/records", err: wire.ErrTopic},
		{name: "another protocol", in: "kit/2/nancy/" + string(station) + "/u/records", err: wire.ErrTopic},
		{name: "wildcard", in: "kit/1/nancy/+/u/records", err: wire.ErrTopic},
		{name: "upper case tenant", in: "kit/1/Nancy/" + string(station) + "/u/records", err: wire.ErrTopic},
		{name: "short station", in: "kit/1/nancy/sabc/u/records", err: wire.ErrTopic},
		{name: "broker's own", in: "$SYS/broker/version", err: wire.ErrTopic},
		{name: "empty", in: "", err: wire.ErrTopic},
		{name: "endless", in: "kit/1/" + strings.Repeat("a/", 5000), err: wire.ErrTopic},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wire.ParseTopic(tt.in)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("ParseTopic(%q) = %v, %v; want %v, %v", tt.in, got, err, tt.want, tt.err)
			}
			if err == nil && got.String() != tt.in {
				t.Errorf("ParseTopic(%q).String() = %q; want the same", tt.in, got)
			}
		})
	}
}

func TestUpDown(t *testing.T) {
	if got, want := wire.Up("nancy", station, wire.KindHello), "kit/1/nancy/sabcdefghij234567/u/hello"; got != want {
		t.Errorf("Up(hello) = %q; want %q", got, want)
	}
	if got, want := wire.Down("nancy", station, wire.KindAck), "kit/1/nancy/sabcdefghij234567/d/ack"; got != want {
		t.Errorf("Down(ack) = %q; want %q", got, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	log := pass.LogID{1}
	many := make([]pass.Entry, wire.MaxEntries+1)
	tests := []struct {
		name    string
		payload string
		into    wire.Message
		err     error
	}{
		{"not JSON", "\x00\xff", new(wire.State), wire.ErrMalformed},
		{"another shape", `[1,2]`, new(wire.Hello), wire.ErrMalformed},
		{"no session", `{"online":true}`, new(wire.State), wire.ErrMalformed},
		{"no entries", `{"log":"0102030405060708","first":1}`, new(wire.Records), wire.ErrMalformed},
		{"sequence from zero", `{"log":"0102030405060708","first":0,"entries":[{}]}`, new(wire.Records), wire.ErrMalformed},
		{"a period that is a time of day", `{"log":"0102030405060708","counters":[{"period":"2026-03-12T10:02","name":"lessons","value":1,"rev":1}]}`, new(wire.Counters), wire.ErrMalformed},
		{"an unknown counter", `{"log":"0102030405060708","counters":[{"period":"","name":"people","value":1,"rev":1}]}`, new(wire.Counters), wire.ErrMalformed},
		{"a place without a time zone", `{"version":1,"role":"mediator","mode":"kiosk","places":[{"id":"p"}]}`, new(wire.Desired), wire.ErrMalformed},
		{"a job without an end", `{"id":"j","kind":"identify"}`, new(wire.Job), wire.ErrMalformed},
		{"a status of its own", `{"id":"j","status":"perhaps"}`, new(wire.Progress), wire.ErrMalformed},
		{"too large", strings.Repeat(" ", wire.MaxPayload+1), new(wire.State), wire.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := wire.Decode([]byte(tt.payload), tt.into); !errors.Is(err, tt.err) {
				t.Errorf("Decode(%.60q) = %v; want %v", tt.payload, err, tt.err)
			}
		})
	}
	if _, err := wire.Encode(&wire.Records{Log: log, First: 1, Entries: many}); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("Encode(%d entries) = %v; want %v", len(many), err, wire.ErrMalformed)
	}
}

func TestRoundTrip(t *testing.T) {
	now := time.Date(2026, 3, 12, 9, 30, 0, 0, time.UTC)
	messages := []wire.Message{
		&wire.State{Online: true, Session: 7},
		&wire.Hello{Wire: wire.Version, Incarnation: 1, Boot: "b", Log: pass.LogID{1}, Boots: []wire.BootTime{{Boot: "b", Mono: 5, Wall: now, Clock: pass.ClockMediator}}},
		&wire.Records{Log: pass.LogID{1}, First: 4, Entries: []pass.Entry{{Line: `{"v":1}`, Sig: []byte{1}}}},
		&wire.Counters{Log: pass.LogID{1}, Counters: []wire.Counter{{Period: "2026-03-12/am", Name: wire.CountLessons, Lesson: "souris", Outcome: "finished", Value: 3, Rev: 9}}},
		&wire.Desired{Version: 2, Role: wire.RoleMediator, Mode: wire.ModeWorkshop, Places: []wire.Place{{ID: "p1", Zone: "Indian/Reunion"}}},
		&wire.Job{ID: "j1", Kind: wire.JobIdentify, Expires: now},
		&wire.Ack{Epoch: "e", Logs: []wire.LogAck{{Log: pass.LogID{1}, Seq: 4, Rev: 9}}},
		&wire.Time{Now: now},
	}
	for _, m := range messages {
		payload, err := wire.Encode(m)
		if err != nil {
			t.Errorf("Encode(%T) = %v; want no error", m, err)
			continue
		}
		if err := wire.Decode(payload, m); err != nil {
			t.Errorf("Decode(%s) = %v; want no error", payload, err)
		}
		again, _ := wire.Encode(m)
		if string(again) != string(payload) {
			t.Errorf("%T came back as %s; want %s", m, again, payload)
		}
	}
}

// TestErrorsKeepSecrets holds that nothing a station sent comes back in an error.
func TestErrorsKeepSecrets(t *testing.T) {
	const secret = "120000000425"
	err := wire.Decode([]byte(`{"log":"`+secret+`","first":"`+secret+`"}`), new(wire.Records))
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("Decode(payload with a number) = %v; want an error without it", err)
	}
}

func FuzzParseTopic(f *testing.F) {
	f.Add("kit/1/nancy/sabcdefghij234567/u/records")
	f.Add("kit/1/nancy/sabcdefghij234567/u/job/x")
	f.Add("kit/1//s/u/")
	f.Fuzz(func(t *testing.T, text string) {
		topic, err := wire.ParseTopic(text)
		if err == nil && topic.String() != text {
			t.Errorf("ParseTopic(%q).String() = %q; want the same", text, topic)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":1,"role":"mediator","mode":"kiosk","places":[{"id":"p","zone":"Europe/Paris"}]}`))
	f.Add([]byte(`{"log":"0102030405060708","first":1,"entries":[{"line":"{}","sig":""}]}`))
	f.Add([]byte(`{"version":1,"role":"station","mode":"kiosk","base":{"release":"1","windows":[{"from":"22:00","to":"05:00"}],"go":"r1"}}`))
	f.Add([]byte(`{"base":{"running":"1","slot":"b","target":"2","state":"failed","reason":"unhealthy:display","done":1,"total":2}}`))
	f.Add([]byte(`{"v":1,"station":"sabcdefghij234567","incarnation":1,"job":"j","logs":[{"log":"0102030405060708","seq":1}]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, m := range []wire.Message{new(wire.State), new(wire.Hello), new(wire.Records), new(wire.Counters), new(wire.Telemetry),
			new(wire.Reported), new(wire.Progress), new(wire.Desired), new(wire.Job), new(wire.Ack), new(wire.Time), new(wire.Farewell)} {
			if err := wire.Decode(payload, m); err != nil {
				continue
			}
			if _, err := wire.Encode(m); err != nil && !errors.Is(err, wire.ErrTooLarge) {
				t.Errorf("Encode(Decode(%q)) = %v; want no error", payload, err)
			}
		}
	})
}
