package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// tabsAddress is where the kiosk's browser tells about its pages, inside a
	// network in which there is nobody else. The open web's browser has none.
	tabsAddress = "127.0.0.1:9222"
	tabsPoll    = 250 * time.Millisecond
	tabsWithin  = 5 * time.Second
	maxTabs     = 1 << 20
)

// tab is one page of the browser, as it tells.
type tab struct{ ID, Type, URL string }

// shown reports whether it is a page to a person, or the developer's tools
// beside one. Parts of the browser's own frame, such as the list of guesses of
// the hidden address bar, call themselves pages too.
func (t tab) shown() bool {
	return strings.HasPrefix(t.URL, "devtools://") || t.Type == "page" && !strings.Contains(t.URL, ".top-chrome/")
}

// tabs keeps the kiosk to the page that it began with: keys that open another
// window or tab, or a page of the browser's own, have it closed again before
// anybody can do something there. A first page that went elsewhere ends the
// browser, which brings a fresh one.
type tabs struct {
	dial  func(ctx context.Context, address string) (net.Conn, error)
	log   *slog.Logger
	first string // the page that stays
}

// run looks until ctx is done. A browser that does not answer is starting or
// ending.
func (t *tabs) run(ctx context.Context) {
	client := &http.Client{Timeout: tabsWithin, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) { return t.dial(ctx, address) },
	}}
	defer client.CloseIdleConnections()
	tick := time.NewTicker(tabsPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			t.look(ctx, client)
		}
	}
}

func (t *tabs) look(ctx context.Context, client *http.Client) {
	text, err := ask(ctx, client, "/json/list")
	if err != nil {
		return
	}
	var all []tab
	if err := json.Unmarshal(text, &all); err != nil {
		return
	}
	for _, other := range t.others(all) {
		if _, err := ask(ctx, client, "/json/close/"+other.ID); err == nil {
			t.log.Info("page closed")
		}
	}
}

// others are the pages that have to go: all but the first, and the first when
// it is elsewhere. A page on its way has no address for a moment.
func (t *tabs) others(all []tab) (out []tab) {
	for _, one := range all {
		ours := isOurs(one.URL)
		if t.first == "" && ours {
			t.first = one.ID
		}
		stays := one.ID == t.first && (ours || one.URL == "" || one.URL == "about:blank")
		if one.shown() && t.first != "" && !stays {
			out = append(out, one)
		}
	}
	return out
}

// isOurs reports whether an address is of the station, or of one of its
// fictitious services.
func isOurs(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && (u.Host == pagesAddress || strings.HasSuffix(u.Host, "."+servicesAddress))
}

func ask(ctx context.Context, client *http.Client, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+tabsAddress+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask browser: %s", resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxTabs))
}
