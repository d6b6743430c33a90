package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// tokenFile is where flashing leaves a one-time token.
const tokenFile = "enroll-token"

// identityPoll is how soon an enrolment by another program is noticed, and
// retryEnrol how long the fleet is left alone after it did not answer.
const (
	identityPoll = 2 * time.Second
	retryEnrol   = 30 * time.Second
)

// errIdentity says that the station became another one.
var errIdentity = errors.New("identity changed")

// identity waits until the station has one.
func (a *agent) identity(ctx context.Context) (*identity.Station, error) {
	for {
		me, err := identity.LoadStation(a.identityDir())
		if err == nil {
			a.problems.clear("identity_damaged", "not_enrolled")
			return me, nil
		}
		a.problems.set("identity_damaged", !errors.Is(err, identity.ErrNotEnrolled))
		a.problems.set("not_enrolled", true)
		kick(a.changed)
		wait := identityPoll
		if a.tryToken(ctx) {
			wait = retryEnrol
		}
		if !sleep(ctx, wait) {
			return nil, ctx.Err()
		}
	}
}

func (a *agent) identityDir() string { return filepath.Join(a.Data, enroll.IdentityDir) }

// tryToken presents the token that is there, if any. It reports whether the
// fleet should be left alone for a while. A token that will never do is put
// aside, so that a technician can see it.
func (a *agent) tryToken(ctx context.Context) (later bool) {
	path := filepath.Join(a.Data, tokenFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	_, err = enroll.Join(ctx, strings.TrimSpace(string(text)), a.Data, a.machine(), a.clock.Floor)
	if err == nil {
		a.log.Info("station enrolled")
		a.problems.clear("enrol_unreachable", "enrol_refused")
		a.drop(path)
		return false
	}
	why := enroll.KindOf(err)
	a.log.Warn("enrolment failed", "why", string(why))
	if transient(why) {
		a.problems.set("enrol_unreachable", true)
		return true
	}
	a.problems.set("enrol_refused", true)
	if err := os.Rename(path, path+".refused"); err != nil {
		a.log.Warn("token not put aside", "err", err)
		return true
	}
	return false
}

// drop removes a token that was used.
func (a *agent) drop(path string) {
	if err := os.Remove(path); err != nil {
		a.log.Warn("token not removed", "err", err)
	}
}

// transient reports whether the same token may do later.
func transient(k enroll.Kind) bool {
	switch k {
	case enroll.KindBusy, enroll.KindInternal, enroll.KindUnreachable, enroll.KindDisk, enroll.KindStranger:
		return true
	}
	return false
}

// watchIdentity ends with errIdentity when the station is enrolled again.
func (a *agent) watchIdentity(ctx context.Context, me *identity.Station) error {
	for sleep(ctx, identityPoll) {
		now, err := identity.LoadStation(a.identityDir())
		if err != nil {
			continue // a technician is at work, or the disk is: what is in memory still holds
		}
		if now.Tenant != me.Tenant || now.ID != me.ID || now.Incarnation != me.Incarnation {
			return errIdentity
		}
	}
	return ctx.Err()
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
