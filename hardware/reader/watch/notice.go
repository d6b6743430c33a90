package watch

import "encoding/binary"

// notice is the part of the kernel's inotify_event that is of use here.
type notice struct {
	mask uint32
	name int // bytes of name that follow
}

func parse(b []byte) notice {
	return notice{
		mask: binary.NativeEndian.Uint32(b[4:]),
		name: int(binary.NativeEndian.Uint32(b[12:])),
	}
}
