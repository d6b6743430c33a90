package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/slot"
)

// machine is an agent on a machine of its own, whose supervisor is asked on a
// socket of the test.
type machine struct {
	*agent
	asked chan string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	a, err := newAgent(flags{Data: t.TempDir(), Run: t.TempDir(), Clock: clock.ModeSystem, Slot: "a"}, nil, slog.New(slog.NewTextHandler(t.Output(), nil)))
	must(t, err)
	a.boot = &slot.Boot{Slot: slot.A, Release: "1"}
	m := &machine{a, make(chan string, 4)}
	a.supervisor = filepath.Join(a.Run, "supervisor.sock")
	l, err := net.Listen("unix", a.supervisor)
	must(t, err)
	s := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { m.asked <- r.URL.Path })}
	go s.Serve(l)
	t.Cleanup(func() { a.ends.Wait(); s.Close() })
	return m
}

func (m *machine) put(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(m.Data, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte("x"), 0o600))
	}
}

func (m *machine) left(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(m.Data)
	must(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestARestartWaitsForPeople(t *testing.T) {
	m := newMachine(t)
	work := filepath.Join(m.Run, "work.json")
	must(t, os.WriteFile(work, []byte(`{"session":false,"day":true}`), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := m.carryOut(ctx, wire.Job{Kind: wire.JobRestart})
	if f, ok := errors.AsType[*uplink.Failure](err); !ok || f.Reason != wire.ReasonBusy {
		t.Errorf("restart during a workshop = %v; want busy", err)
	}
	must(t, os.WriteFile(work, []byte(`{"session":false,"day":false}`), 0o600))
	done, err := m.carryOut(t.Context(), wire.Job{Kind: wire.JobRestart})
	if err != nil || len(m.asked) != 0 {
		t.Fatalf("restart = %v, supervisor asked %d times; want nil, not before the fleet was told", err, len(m.asked))
	}
	done.After()
	if got := <-m.asked; got != "/reboot" {
		t.Errorf("supervisor was asked %s; want /reboot", got)
	}
}

func TestAMachineThatIsNotOursIsLeftAlone(t *testing.T) {
	m := newMachine(t)
	m.boot = nil
	for _, kind := range []wire.JobKind{wire.JobRestart, wire.JobWipe} {
		_, err := m.carryOut(t.Context(), wire.Job{Kind: kind})
		if f, ok := errors.AsType[*uplink.Failure](err); !ok || f.Reason != wire.ReasonHosted {
			t.Errorf("%s = %v; want hosted", kind, err)
		}
	}
	if _, err := m.carryOut(t.Context(), wire.Job{Kind: "explode"}); !errors.Is(err, uplink.ErrUnknownJob) {
		t.Errorf("explode = %v; want %v", err, uplink.ErrUnknownJob)
	}
}

func TestWhatAWipeForgets(t *testing.T) {
	everything := []string{"identity/key", "outbox.db", "outbox.db-wal", "desired.json", "uplink.json", "workshop.json", "pin.json", "trust/x",
		"lessons/x", "edits/x", "clock", "wifi/places", "userland/x", "update/x", slot.KitLost}
	tests := []struct {
		name string
		w    wiping
		left []string
	}{
		{"wiped", wiping{Token: "mallette1.x"}, []string{"clock", "enroll-token", "update", "userland", "wifi"}},
		{"lost", wiping{Lost: true}, []string{"clock", slot.KitLost, "update", "userland"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t)
			m.put(t, everything...)
			must(t, m.leaveWord(tt.w))
			must(t, m.finishWipe())
			if got := m.left(t); !slices.Equal(got, tt.left) {
				t.Errorf("left %v; want %v", got, tt.left)
			}
			if got := <-m.asked; got != "/reboot" {
				t.Errorf("supervisor was asked %s; want /reboot", got)
			}
			must(t, m.finishWipe()) // nothing is left to do
		})
	}
}

// A wipe that was cut anywhere goes on at the next start: here every file
// could be the last that went.
func TestAWipeThatWasCutGoesOn(t *testing.T) {
	names := []string{"desired.json", "identity", "outbox.db", "uplink.json"}
	for cut := range len(names) + 1 {
		m := newMachine(t)
		m.put(t, "desired.json", "identity/key", "outbox.db", "uplink.json", "clock")
		must(t, m.leaveWord(wiping{Token: "mallette1.x"}))
		for _, gone := range names[:cut] {
			must(t, os.RemoveAll(filepath.Join(m.Data, gone)))
		}
		must(t, m.finishWipe())
		if got, want := m.left(t), []string{"clock", "enroll-token"}; !slices.Equal(got, want) {
			t.Errorf("cut after %d: left %v; want %v", cut, got, want)
		}
	}
}

// A wipe waits until the fleet has everything, and the receipt says so.
func TestAWipeKeepsRecordsFirst(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	me, err := enroll.Join(t.Context(), f.token(), data, enroll.Machine{}, func() time.Time { return time.Time{} })
	must(t, err)
	log := writeRecord(t, data)
	m := newMachine(t)
	m.Data = data
	m.me.Store(me)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = m.carryOut(ctx, wire.Job{ID: "w1", Kind: wire.JobWipe})
	if why, ok := errors.AsType[*uplink.Failure](err); !ok || why.Reason != wire.ReasonRecords {
		t.Fatalf("wipe of a station that owes a record = %v; want records", err)
	}
	if _, err := os.Stat(filepath.Join(data, wipeFile)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("word of a wipe that waits: %v; want none", err)
	}
	must(t, os.WriteFile(filepath.Join(data, uplink.StateFile), []byte(`{"ack":{"epoch":"e","logs":[{"log":"`+log.String()+`","seq":1,"rev":0}]}}`), 0o600))
	link, err := uplink.New(uplink.Config{Dir: data, Log: m.log})
	must(t, err)
	m.link.Store(link)
	done, err := m.carryOut(t.Context(), wire.Job{ID: "w1", Kind: wire.JobWipe, Token: "mallette1.x"})
	must(t, err)
	var said wire.Farewell
	must(t, wire.Decode([]byte(done.Receipt.Text), &said))
	if said.Station != me.ID || said.Job != "w1" || len(said.Logs) != 1 || said.Logs[0].Seq != 1 {
		t.Errorf("receipt = %+v; want one record of %s", said, me.ID)
	}
	done.After()
	if got := m.left(t); slices.Contains(got, "outbox.db") || slices.Contains(got, "identity") || !slices.Contains(got, tokenFile) {
		t.Errorf("left %v; want no outbox, no identity, and a token", got)
	}
}

// A station that was declared lost forgets its secrets at its next contact.
func TestALostStationForgetsItsSecrets(t *testing.T) {
	f := newFleet(t)
	data := t.TempDir()
	must(t, os.WriteFile(filepath.Join(data, tokenFile), []byte(f.token()+"\n"), 0o600))
	must(t, os.MkdirAll(filepath.Join(data, "wifi"), 0o700))
	s := start(t, data)
	var hello wire.Hello
	station := f.until(wire.KindHello, &hello, func() bool { return true }).Station
	must(t, s.ended())
	f.registry.Lose(tenant, station)
	s = start(t, data)
	s.until("not enrolled", func(st status) bool { return st.Station == "" && slices.Contains(st.Problems, "not_enrolled") })
	must(t, s.ended())
	if _, err := identity.LoadStation(filepath.Join(data, enroll.IdentityDir)); !errors.Is(err, identity.ErrNotEnrolled) {
		t.Errorf("LoadStation = %v; want %v", err, identity.ErrNotEnrolled)
	}
	entries, err := os.ReadDir(data)
	must(t, err)
	for _, e := range entries {
		if name := e.Name(); name != slot.KitLost && !strings.HasPrefix(name, "clock") {
			t.Errorf("%s is left; want nothing but the clock and the word of its loss", name)
		}
	}
}

// ended stops the program, which says that it was told to.
func (s *started) ended() error {
	if err := s.end(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
