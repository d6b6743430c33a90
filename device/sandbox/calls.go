package sandbox

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// closedCalls are the system calls that nothing in a session needs: those that
// change the machine, those whose traces outlive processes (key rings), and
// those with which a browser that was taken over would go on from a user
// namespace to the kernel. They answer "not permitted".
func closedCalls() []uint32 {
	return []uint32{
		unix.SYS_ADD_KEY, unix.SYS_KEYCTL, unix.SYS_REQUEST_KEY,
		unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_FSOPEN, unix.SYS_FSMOUNT, unix.SYS_FSPICK,
		unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE, unix.SYS_MOUNT_SETATTR, unix.SYS_SETNS, unix.SYS_OPEN_BY_HANDLE_AT,
		unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_IO_URING_SETUP,
		unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD,
		unix.SYS_REBOOT, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT, unix.SYS_QUOTACTL, unix.SYS_SYSLOG,
		unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX,
	}
}

// closeCalls installs the filter on this thread; every process that comes of
// it has it too, and none can take it off.
func closeCalls() error {
	filter, err := filterFor(runtime.GOARCH)
	if err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return fmt.Errorf("close system calls: %w", err)
	}
	return nil
}

// Offsets of a call's number and machine in what the kernel shows a filter.
const (
	callNumber  = 0
	callMachine = 4
)

// foreignCalls is the bit that x86 sets in the numbers of a second set of
// calls, which would go round a filter of the first.
const foreignCalls = 0x40000000

func filterFor(arch string) ([]unix.SockFilter, error) {
	machine, ok := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[arch]
	if !ok {
		return nil, fmt.Errorf("close system calls: unknown machine %s", arch)
	}
	calls := closedCalls()
	refuse := uint8(len(calls) + 1) // how far the refusal is after the first comparison of numbers
	filter := []unix.SockFilter{
		load(callMachine),
		jump(unix.BPF_JEQ, machine, 0, refuse+2),
		load(callNumber),
		jump(unix.BPF_JGE, foreignCalls, refuse, 0),
	}
	for i, call := range calls {
		filter = append(filter, jump(unix.BPF_JEQ, call, refuse-1-uint8(i), 0))
	}
	return append(filter,
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}), nil
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func jump(how uint16, value uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | how | unix.BPF_K, Jt: yes, Jf: no, K: value}
}
