package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/age"
	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// crowd is many stations in one process: each with its own keys, certificate,
// ledger and connection, as the fleet sees real ones.
type crowd struct {
	dir     string
	records int
	token   func(context.Context) (string, error)

	enrolled, connected, sent, acknowledged, stored atomic.Int64

	seal     sync.Once
	sealedTo []age.Recipient
	sealErr  error

	mu     sync.Mutex
	actors []*actor
}

type tally struct{ enrolled, connected, sent, acknowledged, stored int64 }

func (c *crowd) tally() tally {
	return tally{c.enrolled.Load(), c.connected.Load(), c.sent.Load(), c.acknowledged.Load(), c.stored.Load()}
}

// run plays n stations: they all join and connect, then all speak at once.
func (c *crowd) run(ctx context.Context, n int) error {
	arrive, ctx1 := errgroup.WithContext(ctx)
	arrive.SetLimit(atOnce)
	for i := range n {
		arrive.Go(func() error { return c.arrive(ctx1, i) })
	}
	if err := arrive.Wait(); err != nil {
		return err
	}
	speak, ctx2 := errgroup.WithContext(ctx)
	for _, a := range c.actors {
		speak.Go(func() error { return a.play(ctx2, c.records) })
	}
	return speak.Wait()
}

func (c *crowd) arrive(ctx context.Context, i int) error {
	station, data, err := c.enrol(ctx, i)
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	c.enrolled.Add(1)
	recipients, err := c.recipients(ctx, station, data)
	if err != nil {
		return fmt.Errorf("fetch the fleet's seal: %w", err)
	}
	a, err := connect(ctx, c, station, recipients)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	c.connected.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.actors = append(c.actors, a)
	return nil
}

func (c *crowd) enrol(ctx context.Context, i int) (*identity.Station, string, error) {
	token, err := c.token(ctx)
	if err != nil {
		return nil, "", err
	}
	data := filepath.Join(c.dir, fmt.Sprint(i))
	station, err := enroll.Join(ctx, token, data, enroll.Machine{Model: "simulation"}, noFloor)
	return station, data, err
}

// recipients fetches once, and verifies, what every station seals records to.
func (c *crowd) recipients(ctx context.Context, s *identity.Station, data string) ([]age.Recipient, error) {
	c.seal.Do(func() { c.sealedTo, c.sealErr = fetchSeal(ctx, s, data) })
	return c.sealedTo, c.sealErr
}

func fetchSeal(ctx context.Context, s *identity.Station, data string) ([]age.Recipient, error) {
	trust, err := release.OpenClient(filepath.Join(data, enroll.TrustDir), s.Tenant)
	if err != nil {
		return nil, err
	}
	config := s.TLS(noFloor)
	config.NextProtos = []string{identity.ProtoHTTP}
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: config}}
	defer client.CloseIdleConnections()
	if err := trust.Refresh(ctx, release.HTTP(client, "https://"+s.Server+release.Path), time.Now()); err != nil {
		return nil, err
	}
	text, err := trust.Read(release.Prefix(s.Tenant) + "seal.json")
	if err != nil {
		return nil, err
	}
	return parseSeal(text)
}

func parseSeal(text []byte) ([]age.Recipient, error) {
	var seal struct{ Recipients []string }
	if err := json.Unmarshal(text, &seal); err != nil {
		return nil, err
	}
	return age.ParseRecipients(strings.NewReader(strings.Join(seal.Recipients, "\n")))
}

func noFloor() time.Time { return time.Time{} }

func (c *crowd) close() {
	for _, a := range c.actors {
		a.close()
	}
}
