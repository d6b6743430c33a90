package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// keptRights are what root inside still may: hand devices and sockets to the
// person, become the person, and have the session's own network carry the
// device manager's messages. It may not mount, load modules, trace, open raw
// sockets, change the clock, reboot or reach any disk.
func keptRights() []uintptr {
	return []uintptr{
		unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_KILL,
		unix.CAP_SETGID, unix.CAP_SETUID, unix.CAP_NET_ADMIN,
	}
}

// lastRight is the highest that a kernel may know; beyond its own it answers
// EINVAL.
const lastRight = 63

// again gives up this thread's rights and starts the program again on it, so
// that no other thread keeps what this one gave up.
func again(keep *os.File, services []byte) error {
	runtime.LockOSThread()
	if err := confine(); err != nil {
		return err
	}
	if err := atTalk(int(keep.Fd())); err != nil {
		return fmt.Errorf("keep socket: %w", err)
	}
	env := []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", servicesEnv + "=" + string(services)}
	return unix.Exec("/proc/self/exe", []string{serviceKeeper}, env)
}

// atTalk makes fd the descriptor that the next program talks through.
func atTalk(fd int) error {
	if fd != talkFD {
		return unix.Dup3(fd, talkFD, 0)
	}
	_, err := unix.FcntlInt(talkFD, unix.F_SETFD, 0)
	return err
}

// confine is for ever, and for every process of the session.
func confine() error {
	if err := dropRights(); err != nil {
		return fmt.Errorf("drop rights: %w", err)
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0); err != nil && err != unix.ENOSYS {
		return fmt.Errorf("leave the host's keyring: %w", err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbid crash dumps: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("forbid new rights: %w", err)
	}
	return closeCalls()
}

func dropRights() error {
	for right := uintptr(0); right <= lastRight; right++ {
		if slices.Contains(keptRights(), right) {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, right, 0, 0, 0); err != nil && err != unix.EINVAL {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return err
	}
	return setRights()
}

// setRights leaves this thread the kept rights; none is inherited.
func setRights() error {
	var data [2]unix.CapUserData
	for _, right := range keptRights() {
		data[right/32].Effective |= 1 << (right % 32)
	}
	for i := range data {
		data[i].Permitted = data[i].Effective
	}
	return unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &data[0])
}
