package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// callLimit bounds one call; making a large batch takes the longest.
const callLimit = 2 * time.Minute

// maxAnswer bounds an answer, in bytes: a batch's printed carnets are the largest.
const maxAnswer = 512 << 20

// Client calls a running server. It is safe for concurrent use.
type Client struct{ http http.Client }

// Dial returns a client for the socket at path. It opens nothing yet.
func Dial(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &Client{http.Client{Timeout: callLimit, Transport: &http.Transport{DialContext: dial}}}
}

// Ping fails with [ErrNotRunning] when no server answers.
func (c *Client) Ping(ctx context.Context) error {
	_, err := call[struct{}, struct{}](ctx, c, "/ping", struct{}{})
	return err
}

func call[Q, A any](ctx context.Context, c *Client, path string, question Q) (A, error) {
	var answer A
	body, err := json.Marshal(question)
	if err != nil {
		return answer, fmt.Errorf("call %s: %w", path, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin"+path, bytes.NewReader(body))
	if err != nil {
		return answer, fmt.Errorf("call %s: %w", path, err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer, fmt.Errorf("call %s: %w", path, unreachable(err))
	}
	defer response.Body.Close()
	return read[A](response)
}

func read[A any](response *http.Response) (A, error) {
	var answer A
	decoder := json.NewDecoder(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode != http.StatusOK {
		var f failure
		if err := decoder.Decode(&f); err != nil {
			return answer, ErrFailed
		}
		return answer, f.err()
	}
	if err := decoder.Decode(&answer); err != nil {
		return answer, fmt.Errorf("read answer: %w", err)
	}
	return answer, nil
}

func unreachable(err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return ErrNotRunning
	}
	return err
}
