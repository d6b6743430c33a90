package sandbox_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/sandbox"
)

// cyclesFor is how many sessions follow each other; `make soak` says a thousand.
var cyclesFor = flag.Int("cycles", 20, "how many sessions to run one after the other")

// plant leaves traces wherever a session can write, and says what it found of
// an earlier one.
const plant = `found=$(ls -d /home/personne/trace /tmp/trace /var/tmp/trace /etc/trace /usr/bin/trace /dev/shm/trace /run/trace /root/trace 2>/dev/null)
ipcs 2>/dev/null | grep -q 0xcaf6 && found="$found ipc"
for d in /home/personne /tmp /var/tmp /etc /usr/bin /dev/shm /run /root; do echo trace >"$d/trace" || echo "cannot write $d"; done
ipcmk -M 64 >/dev/null 2>&1; ipcmk -Q >/dev/null 2>&1; ipcmk -S 1 >/dev/null 2>&1
echo changed >>/etc/passwd
setsid sleep 3000 &
echo "found: $found"`

func TestNothingSurvivesManySessions(t *testing.T) {
	var early, late [2]int
	var ends []time.Duration
	for n := range *cyclesFor {
		if got := said(t, plain(t), false, plant); !strings.HasPrefix(got, "found:") || strings.TrimSpace(got) != "found:" {
			t.Fatalf("session %d said %q; want that it found nothing", n, got)
		}
		ends = append(ends, ended(t))
		if n == min(4, *cyclesFor-1) {
			early = open(t)
		}
	}
	late = open(t)
	slices.Sort(ends)
	t.Logf("%d sessions; end p50 %v, p95 %v; descriptors and routines %v, then %v", *cyclesFor, ends[len(ends)/2], ends[(len(ends)*95-1)/100], early, late)
	if late[0] > early[0]+2 || late[1] > early[1]+4 {
		t.Errorf("descriptors and routines after the first sessions %v, after the last %v; want no growth", early, late)
	}
}

// ended is how long the end of a session with 40 processes takes.
func ended(t *testing.T) time.Duration {
	t.Helper()
	s := start(t, plain(t, sandbox.Service{
		Name: "crowd", Argv: []string{"/bin/sh", "-c", "for i in $(seq 40); do sleep 3000 & done; touch /tmp/ready; wait"},
		Env: []string{"PATH=/usr/bin:/bin"}, Ready: "/tmp/ready",
	}))
	up(t, s)
	began := time.Now()
	end(t, s)
	return time.Since(began)
}

func open(t *testing.T) [2]int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(fmt.Errorf("count descriptors: %w", err))
	}
	return [2]int{len(files), runtime.NumGoroutine()}
}
