// Package supervisor asks the program that starts all others on the appliance
// (gokrazy) to end them in order and switch the machine off or start it again, and
// what they say.
//
// It never does so by itself: off the appliance nobody answers, and nothing
// happens.
package supervisor

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Socket is where the appliance's supervisor takes requests.
const Socket = "/run/gokrazy-http.sock"

// patience bounds one request; the supervisor answers before it acts.
const patience = 30 * time.Second

// Client asks the supervisor. The zero value asks the appliance's.
type Client struct {
	Socket string // "": [Socket]
}

// Restart starts the machine again, through its loader: a kernel that started
// the next one by itself would go past the counter of starts.
func (c Client) Restart(ctx context.Context) error { return c.ask(ctx, "/reboot?kexec=off") }

// PowerOff switches the machine off.
func (c Client) PowerOff(ctx context.Context) error { return c.ask(ctx, "/poweroff") }

func (c Client) ask(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	response, err := c.do(ctx, http.MethodPost, path)
	if err != nil {
		return fmt.Errorf("ask supervisor: %w", err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("ask supervisor: %s", response.Status)
	}
	return nil
}

func (c Client) do(ctx context.Context, method, path string) (*http.Response, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", cmp.Or(c.Socket, Socket))
	}}}
	request, err := http.NewRequestWithContext(ctx, method, "http://gokrazy"+path, nil)
	if err != nil {
		return nil, err
	}
	return client.Do(request)
}
