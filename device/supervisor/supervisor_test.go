package supervisor_test

import (
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/mallette-kit/mallette/device/supervisor"
)

func TestWhatIsAsked(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.String())
		if r.URL.Path == "/poweroff" {
			http.Error(w, "no", http.StatusServiceUnavailable)
		}
	})}
	ended := make(chan error)
	go func() { ended <- server.Serve(listener) }()
	c := supervisor.Client{Socket: socket}
	if err := c.Restart(t.Context()); err != nil {
		t.Errorf("Restart = %v; want nil", err)
	}
	if err := c.PowerOff(t.Context()); err == nil {
		t.Error("PowerOff(refused) = nil; want an error")
	}
	server.Close()
	<-ended
	if len(asked) != 2 || asked[0] != "POST /reboot?kexec=off" || asked[1] != "POST /poweroff" {
		t.Errorf("asked %v; want POST /reboot?kexec=off, POST /poweroff", asked)
	}
	if err := c.Restart(t.Context()); err == nil {
		t.Error("Restart(nobody there) = nil; want an error")
	}
}
