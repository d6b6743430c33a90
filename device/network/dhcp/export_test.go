package dhcp

// ParseLease reads a packet as a lease, for the tests.
func ParseLease(b []byte) (Lease, bool) {
	m, ok := parsePacket(b)
	if !ok {
		return Lease{}, false
	}
	l, err := m.lease()
	return l, err == nil
}

// Answer makes a packet that a server could send.
func Answer(kind byte, yours [4]byte, list ...[]byte) []byte {
	b := make([]byte, headerSize)
	b[0], b[1], b[2] = 2, 1, 6
	copy(b[16:], yours[:])
	b = append(b, 0x63, 0x82, 0x53, 0x63, optKind, 1, kind)
	for _, o := range list {
		b = append(b, o...)
	}
	b = append(b, optEnd)
	size := ipHeader + udpHeader + len(b)
	head := make([]byte, ipHeader+udpHeader)
	head[0], head[2], head[3], head[9] = 0x45, byte(size>>8), byte(size), udp
	head[ipHeader+1], head[ipHeader+3] = portTheir, portMine
	return append(head, b...)
}
