package uplink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
)

// packet is an MQTT packet of n bytes after its header.
func packet(n int) []byte {
	b := []byte{0x30}
	for rest := n; ; {
		digit := byte(rest & 0x7f)
		if rest >>= 7; rest == 0 {
			b = append(b, digit)
			break
		}
		b = append(b, digit|0x80)
	}
	return append(b, make([]byte, n)...)
}

func TestFraming(t *testing.T) {
	cases := []struct {
		name string
		b    []byte
		want bool
	}{
		{"nothing", nil, true},
		{"ping", packet(0), true},
		{"two small ones", append(packet(5), packet(130)...), true},
		{"as large as the protocol allows", packet(maxPacket), true},
		{"one byte larger", packet(maxPacket + 1), false},
		{"announced 256 MiB", []byte{0x30, 0xff, 0xff, 0xff, 0x7f}, false},
		{"a length without an end", []byte{0x30, 0xff, 0xff, 0xff, 0xff, 0x01}, false},
		{"large after small", append(packet(5), packet(maxPacket + 1)[:5]...), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, step := range []int{len(c.b) + 1, 1, 3} {
				if got := acceptInSteps(c.b, step); got != c.want {
					t.Errorf("accept in steps of %d = %t; want %t", step, got, c.want)
				}
			}
		})
	}
}

func acceptInSteps(b []byte, step int) bool {
	var f framing
	for len(b) > 0 {
		n := min(step, len(b))
		if !f.accept(b[:n]) {
			return false
		}
		b = b[n:]
	}
	return true
}

func TestOversizedPacketEndsTheConnection(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	go far.Write([]byte{0x30, 0xff, 0xff, 0xff, 0x7f})
	if _, err := io.ReadAll(newLimitedConn(near)); !errors.Is(err, errOversized) {
		t.Errorf("read = %v; want errOversized", err)
	}
}

// However the bytes are cut, the verdict is the same, and it is that of a
// reader of whole packets.
func FuzzFraming(f *testing.F) {
	f.Add(packet(3), 1)
	f.Add(append(packet(200), packet(0)...), 7)
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, 2)
	f.Fuzz(func(t *testing.T, b []byte, step int) {
		step = 1 + max(0, step)%64
		if got, want := acceptInSteps(b, step), wholePackets(b); got != want {
			t.Errorf("accept in steps of %d = %t; want %t", step, got, want)
		}
	})
}

func wholePackets(b []byte) bool {
	r := bytes.NewReader(b)
	for {
		if _, err := r.ReadByte(); err != nil {
			return true
		}
		rest := b[len(b)-r.Len():]
		n, size := binary.Uvarint(rest[:min(4, len(rest))])
		if size <= 0 {
			return len(rest) < 4 // cut, or four bytes that all go on
		}
		if n > maxPacket {
			return false
		}
		if _, err := r.Seek(int64(size)+int64(n), io.SeekCurrent); err != nil || r.Len() == 0 {
			return true
		}
	}
}
