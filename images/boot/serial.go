package boot

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// serialName is what QEMU calls the pair of named pipes of the serial line.
const serialName = "serial"

// serialRoom is what a machine may say, in bytes, while nobody has the time to
// listen. QEMU throws away what does not fit, and a socket holds no more than 300
// characters that come one by one.
const serialRoom = 1 << 20

// openSerial makes both pipes anew and opens the one that the machine speaks into. Read
// from it once QEMU runs: until then it is at its end.
func openSerial(path string) (*os.File, error) {
	for _, end := range []string{path + ".in", path + ".out"} {
		if err := errors.Join(os.RemoveAll(end), unix.Mkfifo(end, 0o600)); err != nil {
			return nil, err
		}
	}
	said, err := os.OpenFile(path+".out", os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	raw, err := said.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, said.Close())
	}
	failed := raw.Control(func(fd uintptr) { _, err = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, serialRoom) })
	return said, errors.Join(failed, err)
}
