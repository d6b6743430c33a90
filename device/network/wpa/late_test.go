package wpa_test

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network/wpa"
)

// TestLateAnswer: an answer that comes after its question was given up is not
// taken for that of the next one.
func TestLateAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "global")
	ln, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() { // a program that is busy until it was asked twice
		buf := make([]byte, 64)
		var from *net.UnixAddr
		for range 2 {
			_, from, _ = ln.ReadFromUnix(buf)
		}
		for _, answer := range []string{"wpa_state=SCANNING\n", "<3>CTRL-EVENT-SCAN-STARTED ", "PONG\n"} {
			_, _ = ln.WriteToUnix([]byte(answer), from)
		}
	}()
	var d wpa.Dialer
	s, err := d.Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if st, err := s.Status(ctx); err == nil {
		t.Fatalf("Status of a busy program = %+v, nil; want a timeout", st)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v; want its own answer", err)
	}
}
