package stage_test

import (
	"net"
	"testing"

	"github.com/mallette-kit/mallette/images/stage"
)

// TestPort listens on a port again and again, while others take whatever port
// they are given.
func TestPort(t *testing.T) {
	mine, err := stage.Port()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		l, err := net.Listen("tcp", mine)
		if err != nil {
			t.Fatalf("Listen(reserved) = %v; want nil", err)
		}
		l.Close()
		for range 100 {
			other, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			if other.Addr().String() == mine {
				t.Fatal("another program was given the reserved port")
			}
		}
	}
}
