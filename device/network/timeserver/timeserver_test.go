package timeserver_test

import (
	"encoding/binary"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/network/timeserver"
)

// server answers on loopback, ahead by a duration, with a stratum.
func server(t *testing.T, ahead time.Duration, stratum byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if n >= 48 {
				conn.WriteTo(answer(buf[:48], time.Now().Add(ahead), stratum), from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func answer(asked []byte, now time.Time, stratum byte) []byte {
	a := make([]byte, 48)
	a[0], a[1], a[3] = 4<<3|4, stratum, 0xec
	copy(a[24:32], asked[40:48])
	for _, at := range []int{16, 32, 40} {
		binary.BigEndian.PutUint32(a[at:], uint32(now.Unix()+2208988800))
		binary.BigEndian.PutUint32(a[at+4:], uint32(uint64(now.Nanosecond())<<32/1e9))
	}
	return a
}

func TestAsk(t *testing.T) {
	good, lost := server(t, 48*time.Hour, 2), server(t, 0, 16)
	tests := []struct {
		name    string
		servers []string
		ok      bool
	}{
		{"a good one", []string{good}, true},
		{"the first is not synchronised", []string{lost, good}, true},
		{"none is", []string{lost}, false},
		{"no port", []string{"127.0.0.1:x"}, false},
	}
	for _, tt := range tests {
		now, err := timeserver.Ask(t.Context(), tt.servers)
		if (err == nil) != tt.ok {
			t.Errorf("%s: Ask = %v, %v; want ok %v", tt.name, now, err, tt.ok)
		}
		if ahead := time.Until(now); tt.ok && (ahead < 47*time.Hour || ahead > 49*time.Hour) {
			t.Errorf("%s: Ask = %v ahead; want two days", tt.name, ahead)
		}
	}
	if _, err := timeserver.Ask(t.Context(), nil); !errors.Is(err, timeserver.ErrNone) {
		t.Errorf("Ask nobody = %v; want %v", err, timeserver.ErrNone)
	}
}
