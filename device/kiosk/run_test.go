package kiosk_test

import (
	"context"
	"net"
	"net/http"
	"testing"
)

func TestRunEndsWithAStreamOpen(t *testing.T) {
	st := &station{t: t, session: newSession(), counter: &fakeCounter{}}
	srv := newServer(t, st)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx, ln) }()
	resp, err := http.Get("http://" + ln.Addr().String() + "/etat")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run = %v; want nil after the context ended", err)
	}
}
