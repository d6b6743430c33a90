package install

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"time"
)

// patience bounds one question: listing disks reads the beginning of each.
const patience = 20 * time.Second

// Client asks the program that installs. Its errors are [Error]s.
type Client struct{ http *http.Client }

// NewClient returns a client of the program whose run directory that is.
func NewClient(run string) *Client {
	var d net.Dialer
	socket := filepath.Join(run, SocketName)
	return &Client{&http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", socket) },
	}}}
}

// Disks are the disks that could be installed on.
func (c *Client) Disks(ctx context.Context) (disks []Disk, err error) {
	return disks, c.ask(ctx, http.MethodGet, "/disks", nil, &disks)
}

// State is how the installation stands.
func (c *Client) State(ctx context.Context) (s State, err error) {
	return s, c.ask(ctx, http.MethodGet, "/state", nil, &s)
}

// Install begins an installation; [Client.State] follows it.
func (c *Client) Install(ctx context.Context, o Order) error {
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	var s State
	return c.ask(ctx, http.MethodPost, "/install", body, &s)
}

func (c *Client) ask(ctx context.Context, method, path string, body []byte, into any) error {
	q, err := http.NewRequestWithContext(ctx, method, "http://install"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	a, err := c.http.Do(q)
	if err != nil {
		return &Error{Away, err}
	}
	defer a.Body.Close()
	text, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	if err != nil {
		return &Error{Away, err}
	}
	if a.StatusCode >= 300 {
		return &Error{Problem: problemIn(text)}
	}
	if err := json.Unmarshal(text, into); err != nil {
		return &Error{Away, err}
	}
	return nil
}

func problemIn(text []byte) Problem {
	var r refusal
	if json.Unmarshal(text, &r) != nil || r.Problem == "" {
		return Unknown
	}
	return r.Problem
}
