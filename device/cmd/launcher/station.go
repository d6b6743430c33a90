package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/device/clock"
	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/edit"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/device/outbox"
	"github.com/mallette-kit/mallette/device/redeem"
	"github.com/mallette-kit/mallette/device/scan"
	"github.com/mallette-kit/mallette/device/session"
	"github.com/mallette-kit/mallette/device/trust"
	"github.com/mallette-kit/mallette/device/workshop"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/hardware/panel"
	kioskui "github.com/mallette-kit/mallette/kiosk-ui"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

const (
	readTimeout = 30 * time.Second // of all lessons on a worn disk
	trustDir    = "trust"
	lessonsDir  = "lessons"
)

// station is one life of the launcher: all parts, joined.
type station struct {
	p        *program
	me       *identity.Station // nil before enrolment
	log      *slog.Logger
	clock    *clock.Clock
	trust    *trust.Trust
	desired  *desired
	first    *firstPlace
	link     *link
	box      *outbox.Outbox
	shop     *workshop.Shop
	door     *workshop.Door
	session  *session.Keeper
	practice *kiosk.Practice
	own      *kiosk.Portfolio
	aloud    *kiosk.Aloud
	lessons  *lesson.Library
	edits    *edit.Book
	shelf    *book.Shelf
	bringing *bringing
	tray     *redeem.Tray
	desk     *desk
	days     *days
	counts   *counts
	reader   *reader
	panel    *panel.Panel
	finder   *finder
	screens  *screens
	sticks   *stick   // nil: none can be plugged in
	runs     *errands // nil: nothing to fetch or bring
	codes    *codes
	zone     zone
}

// station builds a life, runs it on ln, which it closes, and ends it.
func (p *program) station(ctx context.Context, me *identity.Station, ln net.Listener) error {
	s, err := p.build(ctx, me)
	if err != nil {
		ln.Close()
		return err
	}
	defer s.box.Close()
	server, err := s.pages()
	if err != nil {
		ln.Close()
		return err
	}
	giveBack()
	return s.run(ctx, server, ln)
}

// build opens what is on the disk and joins the parts.
func (p *program) build(ctx context.Context, me *identity.Station) (*station, error) {
	s := &station{p: p, me: me, log: p.log, tray: &redeem.Tray{}, link: openLink(p.Data, p.flags.Run)}
	if me != nil {
		s.log = p.log.With("station", string(me.ID))
	}
	s.clock = clock.Open(p.flags.Run, p.Data, p.Clock, p.clockOptions(s.log)...)
	s.trust = trust.Open(filepath.Join(p.Data, trustDir), s.tenant())
	s.desired, s.first = openDesired(p.Data, s.log), openFirstPlace(p.Data)
	if err := s.openShop(); err != nil {
		return nil, err
	}
	if err := s.openBox(ctx); err != nil {
		return nil, err
	}
	s.openLessons(ctx)
	if err := s.openPractice(); err != nil {
		return nil, err
	}
	if err := s.openPortfolio(); err != nil {
		return nil, err
	}
	s.openAloud()
	s.panel, s.codes = openPanel(s.log), newCodes(s)
	s.join()
	return s, nil
}

func (p *program) clockOptions(log *slog.Logger) []clock.Option {
	options := []clock.Option{clock.WithLog(log)}
	if p.SetClock {
		options = append(options, clock.SetSystem())
	}
	return options
}

func (s *station) tenant() wire.Tenant {
	if s.me == nil {
		return ""
	}
	return s.me.Tenant
}

func (s *station) openShop() error {
	shop, damaged, err := workshop.Load(filepath.Join(s.p.Data, "workshop.json"))
	if err != nil {
		return err
	}
	if damaged {
		s.log.Warn("day not readable, opened as none")
	}
	s.shop = shop
	s.door = workshop.NewDoor(filepath.Join(s.p.Data, "pin.json"), s.keys, s.log)
	return nil
}

func (s *station) openBox(ctx context.Context) error {
	w := outbox.Writer{Recipients: func() []string { return s.trust.Snapshot().Recipients }}
	if s.me != nil {
		w.Tenant, w.Station, w.LedgerKey = s.me.Tenant, s.me.ID, s.me.Ledger
	}
	box, report, err := outbox.Open(ctx, filepath.Join(s.p.Data, outbox.FileName), w)
	if err != nil {
		return err
	}
	for _, aside := range report.Aside {
		s.log.Error("outbox set aside", "why", string(aside.Reason))
	}
	s.box = box
	return nil
}

func (s *station) openLessons(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	builtin, err := fs.Sub(kioskui.Files, "lessons")
	if err != nil {
		builtin = nil
	}
	s.openEdits()
	s.lessons = lesson.OpenLibrary(ctx, builtin, filepath.Join(s.p.Data, lessonsDir), s.amend)
	s.tellRefused()
}

// join makes the parts that need the others.
func (s *station) join() {
	s.counts = &counts{box: s.box, clock: s.clock, shop: s.shop, place: s.place, ack: s.link.Ack, sent: s.link.Sent, log: s.log}
	s.session = session.NewKeeper(s.rules(), s.sessionEnded)
	s.desk = &desk{
		Desk: &redeem.Desk{
			Ledger: ledger{s.box, s.link.Ack}, Clock: s.clock, Log: s.log,
			Trust: func() redeem.Trust { return s.trust.Snapshot() },
		},
		tray: s.tray, setting: s.setting, takes: s.takes, shop: s.shop, box: s.box, signal: s.panel.Show, counts: s.counts,
	}
	s.days = &days{
		Shop: s.shop, clock: s.clock, box: s.box, desk: s.desk, counts: s.counts, session: s.session,
		desired: s.desired, lessons: s.lessons, refresh: func() { s.session.Apply(s.rules()) }, settle: s.first.settle, log: s.log,
	}
	s.screens = newScreens(s.p.flags.Run, s.session, s.door, s.log)
	s.screens.proxy = func() string { return s.place().Proxy }
	if s.p.Stick != "" {
		s.sticks = newStick(s.p.Stick, s.screens)
	}
	s.own.Stick = s.stick()
	s.openLibrary()
	s.screens.hours = &hours{
		desired: s.desired.Get, zone: func() *time.Location { return zoneOf(s.place()) }, now: s.clock.Now, order: s.screens.order,
		used: func() bool { return s.session.Active() || s.shop.Day().Open },
	}
	s.finder = newFinder(s.p.flags.Run, s.tray, s.panel.Show)
	s.reader = &reader{
		listener: scan.Listener{Socket: filepath.Join(s.p.flags.Run, "reader.sock"), Log: s.log}, run: s.p.flags.Run,
		door: s.door, desk: s.desk, tray: s.tray, asked: func() bool { return s.desired.Get().Passes }, signal: s.panel.Show, own: s.ownShown,
	}
}

// pages makes the web server.
func (s *station) pages() (*kiosk.Server, error) {
	mediator := &kiosk.Mediator{Door: s.door, Days: s.days, Desk: s.desk, State: s.state}
	s.readiness(mediator)
	s.installing(mediator)
	if s.runs = s.errands(); s.runs != nil {
		mediator.Errands = s.runs
	}
	mediator.OpenPortal = s.screens.openPortal
	if s.me == nil {
		mediator.Join, mediator.Codes = s.enroll, s.codes
	}
	server, err := kiosk.New(kiosk.Options{
		Log: s.log, Files: kioskui.Files, Session: visits{s.session, s.door}, Counter: s.counts, Catalogue: s.lessons,
		Today: s.today, Shown: s.tray.Shown, Painted: s.screens.painted, Farewell: func() { note(s.screens.farewell) },
	}, mediator, &kiosk.Web{Screens: s.screens}, s.cycles(mediator), s.editing(mediator), s.practice, s.own, s.aloud, s.library(), s.books(mediator))
	if err != nil {
		return nil, fmt.Errorf("make pages: %w", err)
	}
	s.screens.server = server
	return server, nil
}

// run runs every part until the first ends.
func (s *station) run(ctx context.Context, server *kiosk.Server, ln net.Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	parts := []func(context.Context) error{
		func(ctx context.Context) error { return server.Run(ctx, ln) },
		s.session.Run, s.door.Run, s.desired.Run, s.trust.Run, s.counts.Run, s.reader.Run, s.tellWork, s.lights, s.finder.Run, s.follow,
		s.lessons.Run, s.followLessons, s.screens.Run, s.screens.hours.Run, s.codes.Run, s.bringing.Run, forget,
		func(ctx context.Context) error { return s.p.watchIdentity(ctx, s.me) },
	}
	if s.runs != nil {
		parts = append(parts, s.runs.Run)
	}
	for _, part := range parts {
		group.Go(func() error { return part(ctx) })
	}
	s.log.Info("station ready", "enrolled", s.me != nil, "lessons", len(s.lessons.Lessons()))
	return group.Wait()
}

// follow applies the session rules whenever the fleet or the day changes them.
func (s *station) follow(ctx context.Context) error {
	for {
		desired, day := s.desired.Changed(), s.shop.Changed()
		s.session.Apply(s.rules())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-desired:
		case <-day:
		}
	}
}
