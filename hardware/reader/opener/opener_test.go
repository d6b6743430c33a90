package opener_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mallette-kit/mallette/hardware/reader/opener"
)

func TestOnlyDevicesAreOpened(t *testing.T) {
	server, end, err := opener.Pair()
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	all := opener.Policy{Cameras: true, Scanner: func(string) bool { return true }}
	go func() { served <- opener.Serve(server, all) }()
	client, err := opener.NewClient(end)
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{
		"/etc/passwd", "/dev/null", "/dev/mem", "/dev/sda", "/dev/video", "/dev/video0/../null",
		"/dev/input/../null", "/dev/input/event", "/dev/input/mouse0", "/dev/video0\x00", "x",
		"/dev/input/event0000000000000000000000000000000000000000000000000000000000000000000000",
	}
	for _, path := range paths {
		if f, err := client.Open(path); !errors.Is(err, opener.ErrRefused) {
			t.Errorf("Open(%q) = %v, %v; want ErrRefused", path, f, err)
		}
	}
	end.Close()
	if err := <-served; err != nil {
		t.Errorf("Serve = %v; want nil once the other end is closed", err)
	}
}

func TestClientNoticesThatTheServerIsGone(t *testing.T) {
	server, end, err := opener.Pair()
	if err != nil {
		t.Fatal(err)
	}
	client, err := opener.NewClient(end)
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	client.Gone()
	if _, err := client.Open("/dev/video0"); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open = %v; want an error of the connection", err)
	}
}

// TestSignalsDoNotInterrupt sends the thread that waits for a device what Go's
// scheduler sends it on a slow machine.
func TestSignalsDoNotInterrupt(t *testing.T) {
	server, client := connection(t)
	thread, opened := make(chan int), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		thread <- unix.Gettid()
		_, err := client.Open("/dev/video0")
		opened <- err
	}()
	waiting := <-thread
	hear(t, server)
	for range 20 {
		asleep(waiting)
		if err := unix.Tgkill(os.Getpid(), waiting, unix.SIGURG); err != nil && !errors.Is(err, unix.ESRCH) {
			t.Fatal(err)
		}
	}
	if err := unix.Sendmsg(int(server.Fd()), []byte{0}, nil, nil, 0); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; !errors.Is(err, opener.ErrRefused) {
		t.Errorf("Open while signals come = %v; want the answer, ErrRefused", err)
	}
}

// asleep waits until a thread waits in the kernel, or has ended.
func asleep(thread int) {
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stat", thread))
		if err != nil || strings.Contains(string(stat), ") S ") {
			return
		}
		runtime.Gosched()
	}
}

// TestLateAnswerEndsTheConnection asks a server that takes too long.
func TestLateAnswerEndsTheConnection(t *testing.T) {
	server, client := connection(t)
	if _, err := client.Open("/dev/video0"); !errors.Is(err, unix.EAGAIN) {
		t.Fatalf("Open without an answer = %v; want the end of patience", err)
	}
	hear(t, server)
	if n, err := unix.Read(int(server.Fd()), make([]byte, 64)); n != 0 || err != nil {
		t.Errorf("Read after the end of patience = %d, %v; want the end", n, err)
	}
	client.Gone()
}

// connection is a client and the bare other end.
func connection(t *testing.T) (server *os.File, client *opener.Client) {
	t.Helper()
	server, end, err := opener.Pair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close(); end.Close() })
	if client, err = opener.NewClient(end); err != nil {
		t.Fatal(err)
	}
	return server, client
}

// hear reads one question.
func hear(t *testing.T, server *os.File) {
	t.Helper()
	if _, err := unix.Read(int(server.Fd()), make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
}
