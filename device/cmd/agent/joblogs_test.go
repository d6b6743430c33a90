package main

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/journal"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// enrolled is a machine that belongs to a fleet which takes journals.
func enrolled(t *testing.T) (*machine, *fleet) {
	t.Helper()
	f, m := newFleet(t), newMachine(t)
	f.journals = map[string][]wire.JournalLine{}
	_, err := enroll.Join(t.Context(), f.token(), m.Data, m.machine(), m.clock.Floor)
	must(t, err)
	me, err := identity.LoadStation(m.identityDir())
	must(t, err)
	m.me.Store(me)
	return m, f
}

// started leaves what the programs of a start said.
func (m *machine) started(t *testing.T, start wire.JournalStart, message string) {
	t.Helper()
	j := journal.Journal{Dir: filepath.Join(m.Data, journalDir), Start: start, Now: func() time.Time { return time.Time{} }}
	must(t, j.Write(wire.JournalLine{Program: "agent", Level: "INFO", Message: message}))
	must(t, j.Close())
}

func messages(lines []wire.JournalLine) (text string) {
	for _, l := range lines {
		text += l.Message
	}
	return text
}

func TestLogsAreSentOnOrder(t *testing.T) {
	m, f := enrolled(t)
	order := wire.Job{ID: "order1", Kind: wire.JobLogs}
	_, err := m.carryOut(t.Context(), order)
	if why, ok := errors.AsType[*uplink.Failure](err); !ok || why.Reason != wire.ReasonEmpty {
		t.Errorf("logs without any = %v; want empty", err)
	}
	m.started(t, wire.JournalStart{Boot: "b1", Release: "1", Slot: "a"}, "one")
	m.started(t, wire.JournalStart{Boot: "b2", Release: "2", Slot: "b", Trial: true}, "two")
	if _, err := m.carryOut(t.Context(), order); err != nil || messages(f.journals["order1"]) != "onetwo" {
		t.Errorf("logs = %v, sent %+v; want both starts", err, f.journals)
	}
	f.journals = nil
	_, err = m.carryOut(t.Context(), order)
	if why, ok := errors.AsType[*uplink.Failure](err); !ok || why.Reason != wire.ReasonLink {
		t.Errorf("logs to a server that takes none = %v; want link", err)
	}
	m.boot = nil
	_, err = m.carryOut(t.Context(), order)
	if why, ok := errors.AsType[*uplink.Failure](err); !ok || why.Reason != wire.ReasonHosted {
		t.Errorf("logs off the appliance = %v; want hosted", err)
	}
}

// The release that came back sends what the one on trial said: once, and never
// that of an attempt before.
func TestTheJournalOfAFailedTrial(t *testing.T) {
	m, f := enrolled(t)
	left := update.Attempt{Release: "2", Go: "r3-1"}
	m.started(t, wire.JournalStart{Boot: "b1", Release: "1", Slot: "a"}, "before")
	m.started(t, wire.JournalStart{Boot: "b2", Release: "2", Slot: "b", Trial: true}, "black screen")
	m.started(t, wire.JournalStart{Boot: "b3", Release: "1", Slot: "a"}, "after")
	lost := f.journals
	f.journals = nil
	if err := m.tellTrial(t.Context(), left); err == nil {
		t.Error("tellTrial(server away) = nil; want an error, to try again")
	}
	f.journals = lost
	must(t, m.tellTrial(t.Context(), left))
	if got := messages(f.journals["trial-r3-1"]); got != "black screen" {
		t.Fatalf("sent %q; want the trial's own lines", got)
	}
	clear(f.journals)
	must(t, m.tellTrial(t.Context(), left))
	left.Go = "r3-2" // hung before it said anything
	must(t, m.tellTrial(t.Context(), left))
	if len(f.journals) != 0 {
		t.Errorf("sent %v again; want nothing", f.journals)
	}
	m.started(t, wire.JournalStart{Boot: "b4", Release: "2", Slot: "b", Trial: true}, "again black")
	left.Go = "r3-3"
	must(t, m.tellTrial(t.Context(), left))
	if got := messages(f.journals["trial-r3-3"]); got != "again black" {
		t.Errorf("sent %q; want the next trial's own lines", got)
	}
}
