package enroll

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/mallette-kit/mallette/provisioning/identity"
)

// patience bounds one exchange on the station's side.
const patience = 30 * time.Second

// Proxy chooses the web proxy for a request, as [http.Transport] has it. A nil one
// is what the environment says.
type Proxy func(*http.Request) (*url.URL, error)

func newClient(config *tls.Config, by Proxy) *http.Client {
	if by == nil {
		by = http.ProxyFromEnvironment
	}
	return &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{TLSClientConfig: config, Proxy: by, TLSHandshakeTimeout: 15 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("redirected") },
	}
}

func get(ctx context.Context, c *http.Client, url string) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fail(KindUnreadable, nil)
	}
	return exchange(c, q)
}

func post(ctx context.Context, c *http.Client, url string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fail(KindInternal, err)
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return fail(KindUnreadable, nil)
	}
	q.Header.Set("Content-Type", "application/json")
	a, err := exchange(c, q)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(a, into); err != nil {
		return fail(KindStranger, nil)
	}
	return nil
}

// exchange returns the body of a good answer, or the kind of the refusal.
func exchange(c *http.Client, q *http.Request) ([]byte, error) {
	a, err := c.Do(q)
	if errors.Is(err, identity.ErrServer) {
		return nil, fail(KindStranger, err)
	}
	if err != nil {
		return nil, fail(KindUnreachable, err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(io.LimitReader(a.Body, maxAnswer+1))
	if err != nil {
		return nil, fail(KindUnreachable, err)
	}
	if len(body) > maxAnswer {
		return nil, fail(KindStranger, nil)
	}
	if a.StatusCode == http.StatusOK {
		return body, nil
	}
	var r refusal
	if err := json.Unmarshal(body, &r); err != nil || !r.Kind.answered() {
		return nil, fail(KindInternal, nil)
	}
	return nil, fail(r.Kind, nil)
}

// answered reports whether k is a kind that a fleet may answer.
func (k Kind) answered() bool {
	switch k {
	case KindUnknown, KindExpired, KindUsed, KindRevoked, KindLost, KindRefused, KindBusy:
		return true
	}
	return false
}
