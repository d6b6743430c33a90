package dhcp

import (
	"encoding/binary"
)

const (
	ipHeader  = 20
	udpHeader = 8
	udp       = 17
	portMine  = 68
	portTheir = 67
)

// packet is the message in UDP in IPv4, from an address that is not there yet
// to everybody.
func (m message) packet() []byte {
	payload := m.payload()
	b := make([]byte, ipHeader+udpHeader, ipHeader+udpHeader+len(payload))
	b = append(b, payload...)
	b[0], b[8], b[9] = 0x45, 64, udp
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	if m.client.Is4() {
		copy(b[12:16], m.client.AsSlice())
	}
	copy(b[16:20], []byte{255, 255, 255, 255})
	binary.BigEndian.PutUint16(b[10:], checksum(0, b[:ipHeader]))
	u := b[ipHeader:]
	binary.BigEndian.PutUint16(u[0:], portMine)
	binary.BigEndian.PutUint16(u[2:], portTheir)
	binary.BigEndian.PutUint16(u[4:], uint16(len(u)))
	pseudo := add(uint32(udp)+uint32(len(u)), b[12:20])
	sum := checksum(pseudo, u)
	if sum == 0 {
		sum = 0xffff // 0 would say that there is no checksum
	}
	binary.BigEndian.PutUint16(u[6:], sum)
	return b
}

// parsePacket reads a message for us; ok is false for any other packet. The
// UDP checksum is not looked at: a server on the same machine leaves it to a
// network card that is not there.
func parsePacket(b []byte) (m message, ok bool) {
	if len(b) < ipHeader || b[0]>>4 != 4 || b[9] != udp || binary.BigEndian.Uint16(b[6:])&0x3fff != 0 {
		return message{}, false
	}
	start, end := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if start < ipHeader || end > len(b) || end < start+udpHeader {
		return message{}, false
	}
	u := b[start:end]
	if binary.BigEndian.Uint16(u) != portTheir || binary.BigEndian.Uint16(u[2:]) != portMine {
		return message{}, false
	}
	return parse(u[udpHeader:])
}

// checksum is that of the Internet protocols, begun with a sum.
func checksum(sum uint32, b []byte) uint16 {
	sum = add(sum, b)
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

func add(sum uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}
