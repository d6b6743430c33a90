package sandbox_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/sandbox"
)

// What a session sees of the machine, as root and as the person.
func TestWhatASessionSees(t *testing.T) {
	cases := []struct {
		name, script, want string
	}{
		{"own processes only", "ls /proc | grep -c '^[0-9]'", ""},
		{"own name", "uname -n", "mallette"},
		{"loopback and nothing else", "ls /sys/class/net", "lo"},
		{"no route anywhere", "wc -l </proc/net/route", "1"},
		{"no disk", "find /dev -type b | wc -l", "0"},
		{"no console, memory or kernel log", "ls -d /dev/console /dev/tty0 /dev/mem /dev/kmsg /dev/watchdog /dev/sda /dev/loop0 2>/dev/null | wc -l", "0"},
		{"harmless devices", "cd /dev; echo full null ptmx random tty urandom zero", "full null ptmx random tty urandom zero"},
		{"no host mount", "grep -c ' /work\\| /mnt' /proc/self/mountinfo", "0"},
		{"no mounting", "mount -t tmpfs x /mnt 2>/dev/null || echo refused", "refused"},
		{"kernel settings cannot be changed", "echo 1 2>/dev/null >/proc/sys/kernel/sysrq || echo refused", "refused"},
		{"no magic keys", "(echo b >/proc/sysrq-trigger) 2>/dev/null; echo alive", "alive"},
		{"no kernel memory map", "cat /proc/kallsyms | wc -c", "0"},
		{"no device node can be made", "mknod /tmp/disk b 8 0 2>/dev/null || echo refused", "refused"},
		{"no other clock", "date -s 2000-01-01 >/dev/null 2>&1 || echo refused", "refused"},
		{"no crash dumps", "ulimit -c", "0"},
		{"no swap", "swapon /dev/null 2>/dev/null || echo refused", "refused"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := said(t, plain(t), false, c.script)
			if c.want == "" {
				if n := len(got); n != 1 {
					t.Errorf("%s = %q; want fewer than ten", c.script, got)
				}
				return
			}
			if got != c.want {
				t.Errorf("%s = %q; want %q", c.script, got, c.want)
			}
		})
	}
}

func TestRightsOfTheSession(t *testing.T) {
	cases := []struct {
		name   string
		person bool
		want   []string
	}{
		{"root keeps seven rights", false, []string{"CapInh:0000000000000000", "CapPrm:00000000000010eb", "CapEff:00000000000010eb", "CapBnd:00000000000010eb", "CapAmb:0000000000000000", "NoNewPrivs:1", "Seccomp:2"}},
		{"the person has none", true, []string{"CapInh:0000000000000000", "CapPrm:0000000000000000", "CapEff:0000000000000000", "CapBnd:00000000000010eb", "CapAmb:0000000000000000", "NoNewPrivs:1", "Seccomp:2"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := said(t, plain(t), c.person, "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status | tr -d '\\t '")
			if lines := strings.Fields(got); !slices.Equal(lines, c.want) {
				t.Errorf("status = %v; want %v", lines, c.want)
			}
		})
	}
}

// The session's writes are its own and bounded.
func TestSpaceIsBounded(t *testing.T) {
	plan := plain(t)
	plan.Space = 8 << 20
	for _, where := range []string{"/tmp/full", "/dev/shm/full", sandbox.Home + "/full"} {
		if got := said(t, plan, false, "head -c 20000000 /dev/zero >"+where+" 2>/dev/null; echo $?"); got == "0" {
			t.Errorf("20 MB in %s with room for 8 = exit status %s; want a refusal", where, got)
		}
	}
}

// A system file that a session changed is as it was in the next.
func TestSystemFileIsPristine(t *testing.T) {
	before := said(t, plain(t), false, "sha256sum /etc/passwd /bin/ls")
	said(t, plain(t), false, "echo x >>/etc/passwd; cp /bin/true /bin/ls; rm -rf /usr/share; ls")
	if after := said(t, plain(t), false, "sha256sum /etc/passwd /bin/ls"); after != before {
		t.Errorf("system files after a session that changed them = %q; want %q", after, before)
	}
	if _, err := os.Stat("/usr/share"); err != nil {
		t.Errorf("host's folder: %v; want it there", err)
	}
}
