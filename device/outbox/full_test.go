package outbox_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/fleet/pass"
)

func benchFrom(seed []byte, recipient string) outbox.Writer {
	return outbox.Writer{
		Tenant: tenant, Station: station, LedgerKey: ed25519.NewKeyFromSeed(seed),
		Recipients: func() []string { return []string{recipient} },
		Limits:     outbox.Limits{Quota: 8 << 20, Reserve: 64 << 10},
	}
}

func TestQuotaIsAnOutcome(t *testing.T) {
	ctx := context.Background()
	b, path := newBench(t), newPath(t)
	b.Limits = outbox.Limits{Quota: 1 << 20, Reserve: 128 << 10}
	o, report := b.open(t, path)
	counted := fillWithCounters(t, o)
	if counted == 0 {
		t.Fatal("no counter fitted")
	}
	written := appendUntilFull(t, o)
	if written < 20 {
		t.Errorf("%d records fitted into the reserve; want at least 20", written)
	}
	if _, found, _ := o.Used(ctx, passRef(pass.Serial(written+1))); found {
		t.Error("a refused record marked its pass")
	}
	if got := len(b.entriesOf(t, path)); got != written {
		t.Errorf("%d entries; want the %d confirmed", got, written)
	}
	o.Close()
	if _, again := b.open(t, path); again.Log != report.Log || len(again.Aside) != 0 {
		t.Errorf("a full outbox was set aside: %+v", again)
	}
}

// fillWithCounters counts until there is no room, which must leave the reserve.
func fillWithCounters(t testing.TB, o *outbox.Outbox) int {
	t.Helper()
	for n := range 100000 {
		err := o.Count(context.Background(), lessons("2026-03-12/am", fmt.Sprintf("lesson-%0200d", n)), 1)
		if errors.Is(err, outbox.ErrFull) {
			return n
		}
		if err != nil {
			t.Fatalf("Count = %v", err)
		}
	}
	t.Fatal("counting never ended; want ErrFull")
	return 0
}

func appendUntilFull(t testing.TB, o *outbox.Outbox) int {
	t.Helper()
	for n := range 10000 {
		_, err := o.Append(context.Background(), validation(pass.Serial(n+1)))
		if errors.Is(err, outbox.ErrFull) {
			return n
		}
		if err != nil {
			t.Fatalf("Append = %v", err)
		}
	}
	t.Fatal("appending never ended; want ErrFull")
	return 0
}

// mountSmall puts a 2 MiB disk on dir, in a mount namespace of this process.
func mountSmall(dir string) {
	if err := syscall.Mount("small", dir, "tmpfs", 0, "size=2m"); err != nil {
		panic(err)
	}
}

// The disk is really full: something else took every byte. The test starts
// itself in a namespace where it may mount a small disk.
func TestFullDisk(t *testing.T) {
	if dir := os.Getenv("OUTBOX_TEST_FULL"); dir != "" {
		fullDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
	cmd.Env = append(os.Environ(), "OUTBOX_TEST_FULL="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("in a small disk: %v\n%s", err, out)
	}
}

func fullDisk(t *testing.T, dir string) {
	b, path := newBench(t), filepath.Join(dir, outbox.FileName)
	b.Limits = outbox.Limits{Reserve: 128 << 10}
	o, report := b.open(t, path)
	mustAppend(t, o, validation(9000))
	hog := filepath.Join(dir, "logs")
	eatAll(t, hog)
	written := appendUntilFull(t, o)
	if written < 20 {
		t.Errorf("%d records fitted on a full disk; want at least 20 in the reserve", written)
	}
	if err := o.Close(); err != nil {
		t.Errorf("Close on a full disk = %v", err)
	}
	o, again := b.open(t, path)
	if again.Log != report.Log {
		t.Errorf("a full disk set the log aside: %+v", again)
	}
	if got := len(b.entriesOf(t, path)); got != written+1 {
		t.Errorf("%d entries; want the %d confirmed", got, written+1)
	}
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, o, validation(9001))
	if err := o.Count(context.Background(), lessons("2026-03-12/am", "souris"), 1); err != nil {
		t.Errorf("Count with room again = %v", err)
	}
}

func eatAll(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 16; size > 0; size /= 2 {
		for {
			if _, err := f.Write(make([]byte, size)); err != nil {
				break
			}
		}
	}
}
