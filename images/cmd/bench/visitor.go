package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// visitor is a person's browser at a station, without scripts: it keeps its
// cookie and the token that forms carry.
type visitor struct {
	base   string
	client *http.Client
	token  string
	reads  string // encodings that it says it reads; "": none
}

func newVisitor(base string) *visitor {
	jar, _ := cookiejar.New(nil) // never fails without options
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: together}
	return &visitor{base: strings.TrimSuffix(base, "/"), client: &http.Client{Jar: jar, Transport: transport, Timeout: 30 * time.Second}}
}

// leave closes what the visitor kept open.
func (v *visitor) leave() { v.client.CloseIdleConnections() }

var token = regexp.MustCompile(`name="jeton" value="([^"]+)"`)

// open asks for a page.
func (v *visitor) open(ctx context.Context, path string) (string, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return "", err
	}
	return v.do(q)
}

// sees is nil when the page says words.
func (v *visitor) sees(ctx context.Context, path, words string) error {
	page, err := v.open(ctx, path)
	if err == nil && !strings.Contains(page, words) {
		err = fmt.Errorf("%s does not say %q yet", path, words)
	}
	return err
}

// send sends a form with the token of the last page and returns the page that
// it leads to.
func (v *visitor) send(ctx context.Context, path string, values url.Values) (string, error) {
	form := url.Values{"jeton": {v.token}}
	for name, value := range values {
		form[name] = value
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(q)
}

func (v *visitor) do(q *http.Request) (string, error) {
	answer, err := v.client.Do(q)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s %s: %s", q.Method, q.URL.Path, answer.Status)
	}
	if found := token.FindSubmatch(body); found != nil {
		v.token = string(found[1])
	}
	return string(body), nil
}
