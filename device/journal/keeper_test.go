package journal_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/journal"
	"github.com/mallette-kit/mallette/device/supervisor"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// supervise answers as the appliance's supervisor does: the last lines of a
// program, then silence until the reader leaves.
func supervise(t *testing.T, rings map[string][]string) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	must(t, err)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		lines, ok := rings[strings.TrimPrefix(q.FormValue("path"), "/user/")]
		if !ok || q.URL.Path != "/log" || q.FormValue("stream") != "stderr" {
			http.NotFound(w, q)
			return
		}
		for _, l := range lines {
			fmt.Fprintln(w, l)
		}
		w.(http.Flusher).Flush()
		<-q.Context().Done()
	})}
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	return socket
}

func at(second int, message string) string {
	return fmt.Sprintf("time=2027-03-01T08:00:%02dZ level=INFO msg=%s", second, message)
}

// A program that was restarted reads the same hundred lines again.
func TestKeeperKeepsOnce(t *testing.T) {
	dir, kernel := t.TempDir(), filepath.Join(t.TempDir(), "kmsg")
	must(t, os.WriteFile(kernel, []byte("6,1,1000000,-;mallette: first program started"), 0o600))
	rings := map[string][]string{"agent": {at(1, "one"), "chatter", at(1, strings.Repeat("long", 1<<13)), at(2, "two")}, "launcher": {at(1, "pages")}}
	run := func(rings map[string][]string) {
		t.Helper()
		k := &journal.Keeper{Journal: journal.Journal{Dir: dir, Start: wire.JournalStart{Boot: "b", Release: "1", Slot: "a", Trial: true}, Now: time.Now},
			Supervisor: supervisor.Client{Socket: supervise(t, rings)}, Kernel: kernel, Programs: []string{"agent", "launcher", "nobody"}, Log: slog.New(slog.DiscardHandler)}
		k.Init()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		k.Ready(ctx, time.Minute)
		stop()
		<-ended
	}
	run(rings)
	s := &station{t: t, dir: dir}
	want := []string{"first program started", "one", "pages", "two"}
	if got := slices.Sorted(slices.Values(s.read(all))); !slices.Equal(got, want) {
		t.Fatalf("kept %q; want %q", got, want)
	}
	rings["agent"] = append(rings["agent"], "2027/03/01 08:00:03 gokrazy: exit status 2", at(4, "one"))
	run(rings)
	want = []string{"first program started", "one", "one", "pages", "supervisor: exit status 2", "two"}
	if got := slices.Sorted(slices.Values(s.read(all))); !slices.Equal(got, want) {
		t.Errorf("after another start of the program: kept %q; want %q", got, want)
	}
}

func TestKeeperWithoutASupervisor(t *testing.T) {
	k := &journal.Keeper{Journal: journal.Journal{Dir: t.TempDir(), Now: time.Now}, Supervisor: supervisor.Client{Socket: filepath.Join(t.TempDir(), "none")}, Kernel: "/none",
		Programs: []string{"agent"}, Log: slog.New(slog.DiscardHandler)}
	k.Init()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- k.Run(ctx) }()
	k.Ready(ctx, time.Minute)
	stop()
	if err := <-ended; err != context.Canceled {
		t.Errorf("Run = %v; want %v", err, context.Canceled)
	}
}
