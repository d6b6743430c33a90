package main

import (
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/device/journal"
	"github.com/mallette-kit/mallette/device/update"
	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// How much of a journal is sent, in bytes before compression, which leaves about
// a tenth.
const (
	journalAll     = journal.Quota
	journalMetered = 1 << 20 // the newest, over a connection that is paid by volume
	journalTrial   = 4 << 20
)

const (
	trialPoll    = 10 * time.Second // how soon a failed trial is noticed
	trialRetry   = 5 * time.Minute  // after the fleet did not take its journal
	trialTime    = 10 * time.Minute // to send it
	lastSentFile = "sent.json"      // which trial was sent
)

// logs sends what the programs said.
func (a *agent) logs(ctx context.Context, j wire.Job) (uplink.Done, error) {
	if !a.own() {
		return uplink.Done{}, &uplink.Failure{Reason: wire.ReasonHosted}
	}
	limit := int64(journalAll)
	if a.metered() {
		limit = journalMetered
	}
	return uplink.Done{}, a.sendJournal(ctx, j.ID, limit, func(wire.JournalStart) bool { return true })
}

// sendJournal packs and sends on the way; nothing is kept in memory.
func (a *agent) sendJournal(ctx context.Context, name string, limit int64, want func(wire.JournalStart) bool) error {
	from, to := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		z := gzip.NewWriter(to)
		some, err := journal.WriteTo(z, filepath.Join(a.Data, journalDir), limit, want)
		if err == nil && !some {
			err = errNoJournal
		}
		err = errors.Join(err, z.Close())
		packed <- err
		to.CloseWithError(err)
	}()
	sent := a.post(ctx, wire.PathJournals+name, from)
	from.CloseWithError(cmp.Or(sent, io.EOF))
	if err := <-packed; errors.Is(err, errNoJournal) {
		return &uplink.Failure{Reason: wire.ReasonEmpty}
	}
	if sent != nil {
		return &uplink.Failure{Reason: wire.ReasonLink, Err: sent}
	}
	return nil
}

var errNoJournal = errors.New("no journal was kept")

func (a *agent) post(ctx context.Context, path string, body io.Reader) error {
	client := a.client()
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+a.server()+path, body)
	if err != nil {
		return fmt.Errorf("send journal: %w", err)
	}
	request.Header.Set("Content-Type", "application/gzip")
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("send journal: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("send journal: %s", response.Status)
	}
	return nil
}

// lastSent is the last trial whose journal was dealt with.
type lastSent struct {
	Go   string `json:"go"`
	Boot string `json:"boot"`
}

// keepTrialJournal sends the journal of a start on trial that failed, once, when
// the release before is back and has a connection: the fleet's people can then
// read why.
func (a *agent) keepTrialJournal(ctx context.Context) error {
	wait := trialPoll
	for a.update != nil && sleep(ctx, wait) {
		wait = trialPoll
		link, left := a.link.Load(), a.update.Left()
		if left.Go == "" || link == nil || !link.Status().Online {
			continue
		}
		if err := a.tellTrial(ctx, left); err != nil {
			a.log.Warn("journal of a failed trial not sent", "err", err)
			wait = trialRetry
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

// tellTrial sends one journal for one attempt, unless the start on trial left
// none: then the last one is of an attempt before.
func (a *agent) tellTrial(ctx context.Context, left update.Attempt) error {
	file := filepath.Join(a.Data, journalDir, lastSentFile)
	var last lastSent
	if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &last) != nil {
		last = lastSent{}
	}
	if last.Go == left.Go {
		return nil
	}
	next := lastSent{Go: left.Go, Boot: last.Boot}
	start, ok := journal.LastTrial(filepath.Join(a.Data, journalDir), left.Release)
	if ok && start.Boot != last.Boot {
		ctx, cancel := context.WithTimeout(ctx, trialTime)
		defer cancel()
		if err := a.sendJournal(ctx, wire.TrialJournal(left.Go), journalTrial, func(at wire.JournalStart) bool { return at == start }); err != nil {
			return err
		}
		next.Boot = start.Boot
		a.log.Info("journal of a failed trial sent", "release", left.Release)
	}
	text, err := json.Marshal(next)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o700)
	}
	if err == nil {
		err = durable.Replace(file, text, 0o600)
	}
	return err
}
