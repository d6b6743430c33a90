package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/journal"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// answering is a fleet whose one station answers an order in one way.
type answering struct {
	admin.Registry
	shelf  journal.Shelf
	answer wire.Progress
	life   time.Duration
}

const logging = wire.Station("saaaaaaaaaaaaaaaa")

func (a answering) Order(_ context.Context, _ registry.Actor, _ wire.Tenant, ids []wire.Station, kind wire.JobKind) (string, error) {
	if len(ids) != 1 || ids[0] != logging || kind != wire.JobLogs {
		return "", registry.ErrUnknown
	}
	return "job1", nil
}

func (a answering) Jobs(context.Context, wire.Tenant, registry.JobQuery) ([]registry.JobLine, error) {
	job := wire.Job{ID: "job1", Kind: wire.JobLogs, Expires: time.Now().Add(a.life)}
	return []registry.JobLine{{StationJob: registry.StationJob{Station: logging, Job: job}, Status: a.answer.Status, Reason: a.answer.Reason}}, nil
}

func (a answering) serve(t *testing.T) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), admin.SocketName)
	listener, err := admin.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: admin.New(admin.Parts{Registry: a, Jobs: a, Journals: a.shelf, Log: slog.New(slog.DiscardHandler)})}
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	return socket
}

func TestStationLogs(t *testing.T) {
	shelf := journal.Shelf{Dir: t.TempDir(), Now: time.Now}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := io.WriteString(z, `{"start":{"boot":"b7","release":"2","slot":"b","trial":true}}`+"\n"+`{"up":1.5,"p":"kernel","l":"WARN","m":"slow disk"}`+"\n")
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	if err := shelf.Put("demo", logging, "job1", bytes.NewReader(packed.Bytes())); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		answer wire.Progress
		life   time.Duration
		id     wire.Station
		code   int
		said   string
	}{
		{"it comes", wire.Progress{Status: "done"}, time.Hour, logging, 0, "version 2, emplacement b, à l'essai"},
		{"it kept none", wire.Progress{Status: "failed", Reason: wire.ReasonEmpty}, time.Hour, logging, 1, "n'a gardé aucun journal"},
		{"it failed", wire.Progress{Status: "failed", Reason: wire.ReasonLink}, time.Hour, logging, 1, "n'a pas envoyé"},
		{"not yet", wire.Progress{}, time.Hour, logging, 1, "dans la console"},
		{"another station", wire.Progress{}, time.Hour, "sbbbbbbbbbbbbbbbb", 1, "introuvable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			socket := answering{shelf: shelf, answer: tt.answer, life: tt.life}.serve(t)
			var out bytes.Buffer
			code := run(t.Context(), []string{"--admin", socket, "station", "logs", string(tt.id), "--wait", "1ms"}, strings.NewReader(""), &out, &out)
			if code != tt.code || !strings.Contains(out.String(), tt.said) {
				t.Errorf("kitctl station logs = %d, %q; want %d, %q", code, out.String(), tt.code, tt.said)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "journal.jsonl.gz")
	socket := answering{shelf: shelf, answer: wire.Progress{Status: "done"}, life: time.Hour}.serve(t)
	var out bytes.Buffer
	if code := run(t.Context(), []string{"--admin", socket, "station", "logs", string(logging), "-o", file}, strings.NewReader(""), &out, &out); code != 0 {
		t.Fatalf("kitctl station logs -o = %d, %q; want 0", code, out.String())
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, packed.Bytes()) {
		t.Errorf("file = %d bytes, %v; want what the station sent", len(got), err)
	}
}
