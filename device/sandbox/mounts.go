package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// quiet is how everything is mounted in which no program has a business.
const quiet = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// mountKernel gives the session its own views of the kernel, of its own
// processes and of its own network, without what speaks of or to the machine.
func mountKernel(o *order) error {
	// A person sees her own processes only.
	if err := unix.Mount("proc", o.root("proc"), "proc", quiet, "hidepid=2"); err != nil {
		return err
	}
	if err := unix.Mount("sysfs", o.root("sys"), "sysfs", quiet, ""); err != nil {
		return err
	}
	for _, path := range []string{"proc/sys", "proc/irq", "proc/bus", "proc/fs"} {
		if err := lock(o.root(path)); err != nil {
			return err
		}
	}
	for _, path := range []string{"proc/acpi", "proc/scsi", "sys/firmware", "sys/power", "sys/kernel", "sys/fs", "sys/hypervisor"} {
		if err := cover(o.root(path)); err != nil {
			return err
		}
	}
	return blind(o)
}

// lock makes a part of a mount read-only.
func lock(path string) error {
	if err := unix.Mount(path, path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return ignoreMissing(err)
	}
	return unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|quiet, "")
}

// cover hides a folder under an empty one.
func cover(path string) error {
	return ignoreMissing(unix.Mount("tmpfs", path, "tmpfs", quiet|unix.MS_RDONLY, "size=0,mode=0755"))
}

// blind hides files under the device that is always empty.
func blind(o *order) error {
	for _, name := range []string{"kcore", "keys", "key-users", "kmsg", "kallsyms", "sched_debug", "sysrq-trigger", "timer_list", "latency_stats", "modules", "swaps"} {
		if err := ignoreMissing(unix.Mount("/dev/null", o.root("proc", name), "", unix.MS_BIND, "")); err != nil {
			return err
		}
	}
	return nil
}

// A kernel need not have everything that is hidden.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil
	}
	return err
}

// node is a device that every program may expect.
type node struct {
	name         string
	major, minor uint32
}

// makeDevices gives the session a /dev with the harmless nodes and what the
// plan asks for. No disk, console, memory or kernel log is there.
func makeDevices(o *order) error {
	if err := unix.Mount("tmpfs", o.root("dev"), "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, "size=64k,mode=0755"); err != nil {
		return err
	}
	for _, n := range []node{{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}} {
		if err := n.make(o.root("dev", n.name)); err != nil {
			return err
		}
	}
	if err := linkDevices(o); err != nil {
		return err
	}
	if err := mountMemory(o); err != nil {
		return err
	}
	return bindDevices(o)
}

func (n node) make(at string) error {
	if err := unix.Mknod(at, unix.S_IFCHR|0o666, int(unix.Mkdev(n.major, n.minor))); err != nil {
		return err
	}
	return os.Chmod(at, 0o666)
}

func linkDevices(o *order) error {
	for name, to := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx",
	} {
		if err := os.Symlink(to, o.root("dev", name)); err != nil {
			return err
		}
	}
	return nil
}

// mountMemory mounts what programs share memory and terminals through. What is
// in shared memory is a folder of the session's own space: it has no second
// limit to get round the first.
func mountMemory(o *order) error {
	shm := filepath.Join(o.Dir, "shm")
	for _, dir := range []string{shm, o.root("dev/shm"), o.root("dev/pts")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(shm, 0o777|fs.ModeSticky); err != nil {
		return err
	}
	if err := unix.Mount(shm, o.root("dev/shm"), "", unix.MS_BIND, ""); err != nil {
		return err
	}
	return unix.Mount("devpts", o.root("dev/pts"), "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5")
}

// bindDevices shows nodes and folders of the host's /dev; a folder also shows
// what is plugged in later.
func bindDevices(o *order) error {
	for _, name := range o.Plan.Devices {
		from, at := filepath.Join("/dev", name), o.root("dev", name)
		info, err := os.Stat(from)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := place(at, info.IsDir()); err != nil {
			return err
		}
		if err := unix.Mount(from, at, "", unix.MS_BIND, ""); err != nil {
			return err
		}
	}
	return nil
}

// place makes the file or folder that something is mounted on.
func place(at string, folder bool) error {
	if folder {
		return os.MkdirAll(at, 0o755)
	}
	f, err := os.OpenFile(at, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
