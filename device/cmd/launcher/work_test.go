package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/mallette-kit/mallette/device/session"
	"github.com/mallette-kit/mallette/device/workshop"
)

// The agent learns of a session as it begins and as it ends.
func TestWorkIsTold(t *testing.T) {
	run, data := t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		shop, _, err := workshop.Load(filepath.Join(data, "workshop.json"))
		if err != nil {
			t.Fatal(err)
		}
		s := &station{p: &program{flags: flags{Run: run}}, log: slog.New(slog.DiscardHandler), shop: shop,
			session: session.NewKeeper(session.Rules{}, func(session.Outcome) {})}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.tellWork(ctx) }()
		says := func(when, want string) {
			t.Helper()
			synctest.Wait()
			if got, err := os.ReadFile(filepath.Join(run, workFile)); err != nil || string(got) != want {
				t.Errorf("%s, %s = %s, %v; want %s", when, workFile, got, err, want)
			}
		}
		says("at the start", `{"session":false,"day":false}`)
		if err := s.session.Begin(); err != nil {
			t.Fatal(err)
		}
		says("in a session", `{"session":true,"day":false}`)
		stop()
		<-ended
	})
}
