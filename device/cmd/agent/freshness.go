package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/beevik/ntp"

	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

const (
	trustEvery  = 24 * time.Hour
	trustRetry  = 5 * time.Minute
	trustTime   = 5 * time.Minute // for one refresh
	trustStale  = 14 * 24 * time.Hour
	spread      = 2 * time.Second // of what a whole fleet is told at once
	renewEvery  = 6 * time.Hour
	renewApart  = 10 * time.Minute // between two attempts, whatever asks for them
	ntpEvery    = time.Hour
	ntpPatience = 5 * time.Second
)

// keepTrust fetches what the fleet has signed: on each connection, when told
// that there is something newer, and daily.
func (a *agent) keepTrust(ctx context.Context) error {
	wait := jitter(trustRetry)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.refresh:
			if !sleep(ctx, rand.N(spread)) {
				return ctx.Err()
			}
		case <-time.After(wait):
		}
		wait = jitter(trustEvery)
		if err := a.refreshTrust(ctx); err != nil {
			a.log.Warn("trust not refreshed", "err", err)
			wait = jitter(trustRetry)
		}
		kick(a.lessons)
		kick(a.books)
	}
}

// wantTrust follows the hint in a desired state.
func (a *agent) wantTrust(version uint64) {
	if t := a.trust.Load(); t != nil && t.Snapshot().Version < version {
		kick(a.refresh)
	}
}

// refreshTrust fetches once. The floor moves only on what was verified.
func (a *agent) refreshTrust(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, trustTime)
	defer cancel()
	client := a.client()
	defer client.CloseIdleConnections()
	t := a.trust.Load()
	err := t.Refresh(ctx, release.HTTP(client, "https://"+a.server()+release.Path), a.now())
	if err != nil && a.Stick != "" {
		err = a.fromStick(ctx, t, err)
	}
	if ctx.Err() == nil || err == nil {
		a.problems.set("trust_failed", err != nil)
	}
	snapshot := t.Snapshot()
	a.clock.RaiseFloor(snapshot.SignedAt)
	a.problems.set("trust_stale", a.now().Sub(snapshot.SignedAt) > trustStale)
	kick(a.changed)
	kick(a.moves)
	if link := a.link.Load(); link != nil {
		link.Kick()
	}
	return err
}

// fromStick takes what a stick brings where the network did not. It is believed
// no more and no less: the signatures are the same.
func (a *agent) fromStick(ctx context.Context, t *trust.Trust, offline error) error {
	err := t.Refresh(ctx, release.Dir(a.Stick), a.now())
	switch {
	case err == nil:
		a.log.Info("trust refreshed from a stick")
		return nil
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, release.ErrNotFound):
		return offline // no stick, or somebody's holiday pictures
	}
	return fmt.Errorf("stick: %w", err)
}

// now is the later of what the station believes and what is certainly past.
func (a *agent) now() time.Time {
	now, _ := a.clock.Now()
	if floor := a.clock.Floor(); floor.After(now) {
		return floor
	}
	return now
}

// client speaks HTTPS to the fleet as this station. Its exchanges are bounded
// by their contexts: what is large may take long on a slow line.
func (a *agent) client() *http.Client { return a.clientOf(a.me.Load()) }

func (a *agent) clientOf(me *identity.Station) *http.Client {
	config := a.config(me)
	config.NextProtos = []string{identity.ProtoHTTP}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: config, Proxy: a.likeTheLink, TLSHandshakeTimeout: 20 * time.Second, IdleConnTimeout: time.Minute,
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 only
	}}
}

// keepCertificate renews the certificate from half its life on, also when it
// has expired: the fleet then answers renewals and nothing else.
func (a *agent) keepCertificate(ctx context.Context) error {
	var tried time.Time
	for doubt := false; ; {
		if a.shouldRenew(doubt) && time.Since(tried) > renewApart {
			tried = time.Now()
			if err := a.renewNow(ctx); err != nil {
				a.log.Warn("certificate not renewed", "why", string(enroll.KindOf(err)))
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.renew:
			doubt = true
		case <-time.After(jitter(renewEvery)):
			doubt = false
		}
	}
}

// shouldRenew reports whether it is time. A station that nobody has told the
// time, and that its fleet does not let in, may have been off for a year: its
// certificate is then in doubt whatever the floor says.
func (a *agent) shouldRenew(doubt bool) bool {
	me, now := a.me.Load(), a.now()
	a.problems.set("certificate_expired", now.After(me.NotAfter()))
	_, quality := a.clock.Now()
	return !now.Before(me.RenewAt()) || (doubt && quality == pass.ClockUnset) || a.succeeded(me)
}

func (a *agent) renewNow(ctx context.Context) error {
	me := a.me.Load()
	var renewed *identity.Station
	err := a.byAnyWay(func(by enroll.Proxy) (err error) {
		renewed, err = enroll.Renew(ctx, me, a.server(), a.Data, a.clock.Floor, by)
		return err
	})
	a.problems.set("renewal_failed", err != nil)
	if err != nil {
		return err
	}
	a.me.Store(renewed)
	a.problems.clear("certificate_expired")
	a.shown.Store(false)
	a.log.Info("certificate renewed")
	return nil
}

// keepTime asks time servers, if there are any to ask.
func (a *agent) keepTime(ctx context.Context) error {
	for len(a.NTP) > 0 {
		if err := a.askTime(); err != nil {
			a.log.Info("no time server answered", "err", err)
		}
		if !sleep(ctx, jitter(ntpEvery)) {
			break
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

// askTime takes the first good answer.
func (a *agent) askTime() error {
	var errs []error
	for _, server := range a.NTP {
		r, err := ntp.QueryWithOptions(server, ntp.QueryOptions{Timeout: ntpPatience})
		if err == nil {
			err = r.Validate()
		}
		if err == nil {
			return a.clock.Set(time.Now().Add(r.ClockOffset), pass.ClockNTP)
		}
		errs = append(errs, fmt.Errorf("ask %s: %w", server, err))
	}
	return errors.Join(errs...)
}

// jitter spreads d over its upper half.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
