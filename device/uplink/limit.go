package uplink

import (
	"errors"
	"net"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// errOversized ends a connection whose server announces a packet that no
// message of the protocol needs: the MQTT library would allocate up to 256 MiB.
var errOversized = errors.New("packet over the protocol's limit")

// maxPacket leaves room for topic and packet id beside the payload.
const maxPacket = wire.MaxPayload + 512

// limitedConn follows the packets' headers as the bytes pass.
type limitedConn struct {
	net.Conn
	framing framing
}

func newLimitedConn(c net.Conn) net.Conn { return &limitedConn{Conn: c} }

// Read implements [net.Conn].
func (c *limitedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if !c.framing.accept(b[:n]) {
		c.Conn.Close()
		return 0, errOversized
	}
	return n, err
}

// framing is where in MQTT's framing a stream is: a type byte, a length of
// one to four bytes with seven bits each, then that many bytes.
type framing struct {
	inLength bool
	length   int // of the packet, as far as it was read
	shift    uint
	left     int // bytes of the packet still to come
}

func (f *framing) accept(b []byte) bool {
	for len(b) > 0 {
		if f.left > 0 {
			n := min(f.left, len(b))
			f.left -= n
			b = b[n:]
			continue
		}
		if !f.header(b[0]) {
			return false
		}
		b = b[1:]
	}
	return true
}

func (f *framing) header(c byte) bool {
	if !f.inLength {
		*f = framing{inLength: true}
		return true
	}
	f.length |= int(c&0x7f) << f.shift
	f.shift += 7
	if c&0x80 != 0 {
		return f.shift < 28
	}
	f.inLength, f.left = false, f.length
	return f.length <= maxPacket
}
