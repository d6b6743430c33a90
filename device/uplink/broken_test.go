package uplink_test

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/uplink"
)

// mute accepts connections of the fleet's certificate and then says nothing,
// or only the first bytes it is given: a half-open line.
func mute(f *fleet, says []byte) (address string, tried chan struct{}) {
	f.t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", withProtocol(f.server, "mqtt"))
	must(f.t, err)
	tried = make(chan struct{}, 64)
	var conns sync.WaitGroup
	f.t.Cleanup(func() { l.Close(); conns.Wait() })
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { hold(c, says, tried) })
		}
	})
	return l.Addr().String(), tried
}

func hold(c net.Conn, says []byte, tried chan<- struct{}) {
	defer c.Close()
	b := make([]byte, 1)
	if _, err := io.ReadFull(c, b); err != nil {
		return // not MQTT: the WebSocket's turn
	}
	select {
	case tried <- struct{}{}:
	default:
	}
	c.Write(says)
	io.Copy(io.Discard, c) // until the station gives up
}

func TestServerThatNeverAnswersIsLeft(t *testing.T) {
	cases := []struct {
		name string
		says []byte
	}{
		{"silent after TLS", nil},
		{"silent after CONNACK", []byte{0x20, 2, 0, 0}},
		{"refuses the subscription", []byte{0x20, 2, 0, 0, 0x90, 3, 0, 1, 0x80}},
		{"announces 256 MiB", []byte{0x20, 2, 0, 0, 0x30, 0xff, 0xff, 0xff, 0x7f}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFleet(t)
			k := newKit(t, f)
			address, tried := mute(f, c.says)
			k.tune = func(cfg *uplink.Config) {
				cfg.Server = func() string { return address }
				cfg.Timing.Connect = 50 * time.Millisecond
			}
			k.startAgent()
			for range 2 { // it gave the first one up
				<-tried
			}
			if k.up.Status().Online {
				t.Error("station says it is online")
			}
			k.stopAgent()
		})
	}
}

func TestLostConnectionComesBack(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	k.startAgent()
	f.until("hello", func() bool { return len(f.got) >= 2 })
	f.cut()
	seen := 0
	f.until("hello again", func() bool {
		seen = 0
		for _, m := range f.got {
			if m.topic.Kind == "hello" {
				seen++
			}
		}
		return seen >= 2
	})
}
