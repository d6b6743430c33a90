package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// started is the program on a disk of its own.
type started struct {
	t         testing.TB
	data, run string
	stop      context.CancelFunc
	done      chan error
}

func start(t testing.TB, data string, args ...string) *started {
	t.Helper()
	s := &started{t: t, data: data, run: t.TempDir(), done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	args = append([]string{"--data", s.data, "--run", s.run}, args...)
	go func() { s.done <- run(ctx, args, io.Discard, t.Output()) }()
	t.Cleanup(func() { cancel(); s.end() })
	return s
}

// end stops the program and waits for it.
func (s *started) end() error {
	s.stop()
	err := <-s.done
	s.done <- err
	return err
}

// until waits for agent.json to say something.
func (s *started) until(what string, ok func(status) bool) status {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		var st status
		b, err := os.ReadFile(filepath.Join(s.run, statusFile))
		if err == nil && json.Unmarshal(b, &st) == nil && ok(st) {
			return st
		}
		if !sleep(ctx, 20*time.Millisecond) {
			s.t.Fatalf("agent.json never said: %s; it says %s", what, b)
		}
	}
}

// A machine that was flashed with a token becomes a station, sends what its
// launcher wrote, takes what the fleet signed and wants, and ends promptly.
func TestFromTokenToAcknowledgedRecord(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	must(t, os.WriteFile(filepath.Join(data, tokenFile), []byte(f.token()+"\n"), 0o600))
	must(t, f.released.Publish(tenant, map[string][]byte{release.Prefix(tenant) + "seal.json": []byte(`{"recipients":[]}`)}))
	s := start(t, data, "--metrics", "127.0.0.1:0", "--release", "r7")

	var hello wire.Hello
	station := f.until(wire.KindHello, &hello, func() bool { return true }).Station
	if hello.Release != "r7" || hello.Incarnation != 1 || hello.Slot != "host" {
		t.Errorf("hello = %+v; want release r7, incarnation 1, slot host", hello)
	}
	if _, err := os.Stat(filepath.Join(data, tokenFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("token after enrolment: %v; want it removed", err)
	}
	log := writeRecord(t, data)
	var records wire.Records
	f.until(wire.KindRecords, &records, func() bool { return records.Log == log && len(records.Entries) == 1 })
	s.until("a record waits", func(st status) bool { return st.Pending.Records == 1 && st.Online && st.Station == station })
	f.tell(station, wire.KindAck, &wire.Ack{Epoch: "e", Logs: []wire.LogAck{{Log: log, Seq: 1}}})
	s.until("the record is stored", func(st status) bool { return st.Pending.Records == 0 && st.LastSeq == 1 })

	f.tell(station, wire.KindDesired, &wire.Desired{Version: 3, Role: wire.RoleMediator, Mode: wire.ModeWorkshop,
		Places: []wire.Place{{ID: "p1", Name: "Médiathèque", Commune: "Nancy", Zone: "Europe/Paris"}}})
	var reported wire.Reported
	f.until(wire.KindReported, &reported, func() bool { return reported.Version == 3 && reported.Trust == f.released.Version(tenant) })
	checkMetrics(t, s.until("metrics served", func(st status) bool { return st.Metrics != "" }).Metrics)
	if err := s.end(); !errors.Is(err, context.Canceled) {
		t.Errorf("run = %v; want context.Canceled", err)
	}
	var state wire.State
	f.until(wire.KindState, &state, func() bool { return !state.Online })
}

// writeRecord does what the launcher does: one validation.
func writeRecord(t *testing.T, data string) pass.LogID {
	t.Helper()
	me, err := identity.LoadStation(filepath.Join(data, "identity"))
	must(t, err)
	secret, err := age.GenerateX25519Identity()
	must(t, err)
	box, report, err := outbox.Open(t.Context(), filepath.Join(data, outbox.FileName), outbox.Writer{
		Tenant: me.Tenant, Station: me.ID, LedgerKey: me.Ledger, Recipients: func() []string { return []string{secret.Recipient().String()} }})
	must(t, err)
	defer box.Close()
	ref := pass.Ref{Assurance: pass.QRSigned, Issuer: 1, Batch: 1, Serial: 1, Key: 1}
	_, err = box.Append(t.Context(), pass.Record{Kind: pass.Validation, Pass: &ref, Stamp: pass.Stamp{Clock: pass.ClockUnset, Boot: "b"},
		Structure: 1, Service: "KS-01", Posture: pass.PostureWith})
	must(t, err)
	return report.Log
}

func checkMetrics(t *testing.T, address string) {
	t.Helper()
	answer, err := http.Get("http://" + address + "/metrics")
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	for _, want := range []string{"kit_outbox_messages 0", "kit_uplink_connected 1"} {
		if !strings.Contains(string(text), want+"\n") {
			t.Errorf("/metrics lacks %q", want)
		}
	}
}

// A station without a clock that was off for 400 days has an expired
// certificate and cannot know it: it renews because it is not let in.
func TestExpiredWithoutAClock(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	f.setNow(time.Now().AddDate(0, 0, -400))
	_, err := enroll.Join(t.Context(), f.token(), data, enroll.Machine{}, time.Now)
	must(t, err)
	f.setNow(time.Time{})
	s := start(t, data, "--clock", "unset")
	var hello wire.Hello
	f.until(wire.KindHello, &hello, func() bool { return true })
	if st := s.until("online", func(st status) bool { return st.Online }); !st.Until.After(time.Now()) {
		t.Errorf("certificate ends %v; want a renewed one", st.Until)
	}
}

// A station that is told where its fleet has gone renews there too.
func TestRenewalGoesWhereTheAgentIsSent(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	f.setNow(time.Now().AddDate(0, 0, -400))
	me, err := enroll.Join(t.Context(), f.token(), data, enroll.Machine{}, time.Now)
	must(t, err)
	f.setNow(time.Time{})
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	gone.Close()
	me.Server = gone.Addr().String()
	must(t, me.Save(filepath.Join(data, "identity")))
	s := start(t, data, "--server", f.address)
	if st := s.until("online", func(st status) bool { return st.Online }); !st.Until.After(time.Now()) {
		t.Errorf("certificate ends %v; want a renewed one", st.Until)
	}
}

// What the fleet signed reaches a station that has no network on a stick.
func TestAStickBringsWhatTheNetworkDoesNot(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	me, err := enroll.Join(t.Context(), f.token(), data, enroll.Machine{}, time.Now)
	must(t, err)
	secret, err := age.GenerateX25519Identity()
	must(t, err)
	seal := fmt.Appendf(nil, `{"recipients":[%q]}`, secret.Recipient())
	must(t, f.released.Publish(tenant, map[string][]byte{release.Prefix(tenant) + "seal.json": seal}))
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	gone.Close()
	a, err := newAgent(flags{Data: data, Run: t.TempDir(), Clock: clock.ModeSystem, Server: gone.Addr().String(), Stick: t.TempDir()}, nil, quiet)
	must(t, err)
	a.me.Store(me)
	a.trust.Store(trust.Open(filepath.Join(data, enroll.TrustDir), tenant))
	if err := a.refreshTrust(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("refreshTrust with somebody's pictures = %v; want what the network said", err)
	}
	a.Stick = f.public
	if err := a.refreshTrust(t.Context()); err != nil {
		t.Errorf("refreshTrust with a stick = %v; want nil", err)
	}
	if got, want := a.trust.Load().Snapshot().Version, f.released.Version(tenant); got != want {
		t.Errorf("trust version = %d; want %d", got, want)
	}
}

// The fleet is told of the readers that the launcher has heard of.
func TestOpenReadersAreTold(t *testing.T) {
	a, err := newAgent(flags{Data: t.TempDir(), Run: t.TempDir(), Clock: clock.ModeSystem}, nil, quiet)
	must(t, err)
	if got := a.health.Measure(t.Context()).Readers; len(got) != 0 {
		t.Errorf("readers = %v; want none that anybody knows of", got)
	}
	must(t, os.WriteFile(filepath.Join(a.Run, "readers.json"), []byte(`{"readers":["scanner 0c2e:0b61"]}`), 0o600))
	if got, want := a.health.Measure(t.Context()).Readers, []string{"scanner 0c2e:0b61"}; !slices.Equal(got, want) {
		t.Errorf("readers = %v; want %v", got, want)
	}
}

func TestTokenThatWillNeverDoIsPutAside(t *testing.T) {
	data := t.TempDir()
	must(t, os.WriteFile(filepath.Join(data, tokenFile), []byte("no token at all"), 0o600))
	s := start(t, data)
	s.until("the token was refused", func(st status) bool { return slices.Contains(st.Problems, "enrol_refused") })
	if _, err := os.Stat(filepath.Join(data, tokenFile+".refused")); err != nil {
		t.Errorf("refused token: %v; want it put aside", err)
	}
}

func TestFlags(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"MALLETTE_STATION_DATA": "/env", "MALLETTE_STATION_NTP": "a.example,b.example"}[name]
		return v, ok
	}
	cases := []struct {
		name string
		args []string
		ok   bool
	}{
		{"the environment alone", nil, true},
		{"a flag over the environment", []string{"--data", "/flag"}, true},
		{"unknown clock", []string{"--clock", "sundial"}, false},
		{"unknown slot", []string{"--slot", "c"}, false},
		{"an argument", []string{"now"}, false},
		{"unknown flag", []string{"--verbose"}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, err := parse(c.args, env, io.Discard)
			if (err == nil) != c.ok {
				t.Errorf("parse(%v) = %v; want success %t", c.args, err, c.ok)
			}
			if c.ok && len(f.NTP) != 2 {
				t.Errorf("parse(%v) has time servers %v; want both", c.args, f.NTP)
			}
		})
	}
	for _, question := range []string{"--help", "--version"} {
		if _, err := parse([]string{question}, env, io.Discard); !errors.Is(err, errAnswered) {
			t.Errorf("parse(%s) = %v; want errAnswered", question, err)
		}
	}
}

func TestMetricsStayOnLoopback(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:9101", "nonsense"} {
		a := &agent{flags: flags{Metrics: address}}
		if err := a.listen(); err == nil {
			t.Errorf("listen on %q = nil; want a refusal", address)
		}
	}
}
