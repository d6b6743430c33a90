package e2e_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// aDisk: NAME is small SIZE (before the start; "fleet" is the server's), NAME
// fills, NAME empties.
func aDisk(ts *testscript.TestScript, neg bool, args []string) {
	s, dir := of(ts), ""
	switch args[0] {
	case "fleet":
		dir = filepath.Join(s.dir, "volume")
		s.fleet.Data = filepath.Join(dir, "fleet")
		ts.Setenv("MALLETTE_ADMIN", filepath.Join(s.fleet.Data, "admin.sock"))
	default:
		dir = filepath.Join(s.dir, args[0])
	}
	act(ts, neg, args[0], args[1:], map[string]func([]string) error{
		"is": func(args []string) error {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			ts.Defer(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
			return unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+args[0])
		},
		"fills":   nothing(func() error { return fill(filepath.Join(dir, "ballast")) }),
		"empties": nothing(func() error { return os.Remove(filepath.Join(dir, "ballast")) }),
	})
}

// fill writes until nothing more fits.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for size := 64 << 10; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, unix.ENOSPC) {
			return errors.Join(err, errors.New("wrote "+strconv.Itoa(size)))
		}
	}
	return nil
}
