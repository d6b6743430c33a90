package opener_test

import (
	"errors"
	"os"
	"testing"

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
