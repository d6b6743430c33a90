package network

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"time"
)

// Request is one question on the socket.
type Request struct {
	Do     string `json:"do"` // state, list, rescan, join, forget, probe
	Name   string `json:"name,omitempty"`
	Secret string `json:"secret,omitempty"`
}

// Answer is what comes back. Refused is one of the names of this package's
// errors.
type Answer struct {
	State   State   `json:"state"`
	Places  []Place `json:"places,omitempty"`
	Refused string  `json:"refused,omitempty"`
}

// maxLine bounds one line of the socket.
const maxLine = 256 << 10

// Client asks the network program of a station. The zero Dir asks nobody.
type Client struct{ Dir string }

// State asks how the network stands.
func (c Client) State(ctx context.Context) (State, error) {
	a, err := c.ask(ctx, Request{Do: "state"})
	return a.State, err
}

// Places lists the Wi-Fi that are heard and those that are known, best first.
// It listens anew when rescan is true, which takes a few seconds.
func (c Client) Places(ctx context.Context, rescan bool) ([]Place, error) {
	r := Request{Do: "list"}
	if rescan {
		r.Do = "rescan"
	}
	a, err := c.ask(ctx, r)
	return a.Places, err
}

// Join joins a Wi-Fi and remembers it when that worked. The secret is empty for
// one that is open or known. It waits for the Wi-Fi's answer and fails with
// this package's errors.
func (c Client) Join(ctx context.Context, name, secret string) error {
	_, err := c.ask(ctx, Request{Do: "join", Name: name, Secret: secret})
	return err
}

// Forget removes a Wi-Fi and its secret.
func (c Client) Forget(ctx context.Context, name string) error {
	_, err := c.ask(ctx, Request{Do: "forget", Name: name})
	return err
}

// Probe asks whether the way out works now, and returns the new state.
func (c Client) Probe(ctx context.Context) (State, error) {
	a, err := c.ask(ctx, Request{Do: "probe"})
	return a.State, err
}

func (c Client) ask(ctx context.Context, r Request) (Answer, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", filepath.Join(c.Dir, SocketName))
	if err != nil {
		return Answer{}, ErrAway
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return Answer{}, ErrAway
	}
	var a Answer
	if err := json.NewDecoder(io.LimitReader(conn, maxLine)).Decode(&a); err != nil {
		return Answer{}, ErrAway
	}
	return a, refusal(a.Refused)
}

func refusal(name string) error {
	if name == "" {
		return nil
	}
	if err, ok := names()[name]; ok {
		return err
	}
	return fmt.Errorf("network program refused: %w", ErrAway)
}
