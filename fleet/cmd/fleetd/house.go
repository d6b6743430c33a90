package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/broker"
	"github.com/mallette-kit/mallette/fleet/conductor"
	"github.com/mallette-kit/mallette/fleet/console/people"
	"github.com/mallette-kit/mallette/fleet/intake"
	"github.com/mallette-kit/mallette/fleet/journal"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/shelf"
	"github.com/mallette-kit/mallette/fleet/store"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

// house is the fleet server with all its parts. Reading open tells how they
// hang together.
type house struct {
	command *runCommand
	log     *slog.Logger

	store     *store.Store
	authority *identity.Authority
	releases  *release.Repository
	mint      *mint.Mint
	shelf     *shelf.Shelf
	registry  registry.Registry
	conductor *conductor.Conductor
	waiting   *enroll.Waiting
	people    people.Gate
	gate      identity.Gate
	broker    *broker.Broker
	desk      *intake.Desk
	metrics   *intake.Metrics
	journals  journal.Shelf
	unseal    func([]byte) ([]byte, error)
	carrier   intake.Carrier
	parts     []func(context.Context) error
}

func open(ctx context.Context, c *runCommand, log *slog.Logger) (*house, error) {
	db, err := store.Open(ctx, folder(c.Data).store())
	if err != nil {
		return nil, err
	}
	h := &house{command: c, log: log, store: db, metrics: intake.NewMetrics(), journals: journal.Shelf{Dir: folder(c.Data).journals(), Now: time.Now}, waiting: enroll.NewWaiting(time.Now)}
	if err := errors.Join(db.AllOffline(ctx), h.openTrust(ctx), h.openMint(), h.openStations(ctx)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return h, h.publish(ctx)
}

func (h *house) folder() folder { return folder(h.command.Data) }
func (h *house) socket() string { return filepath.Join(h.command.Data, admin.SocketName) }
func (h *house) close() error   { return h.store.Close() }

// openTrust opens the authority and the signed data.
func (h *house) openTrust(ctx context.Context) (err error) {
	if h.authority, err = identity.OpenAuthority(h.folder().authority()); err != nil {
		return err
	}
	if h.releases, err = release.Open(h.folder().release()); err != nil {
		return err
	}
	h.gate = h.authority.Gate(enroll.Revoked(ctx, h.store.Enrolment()))
	h.parts = append(h.parts, func(ctx context.Context) error { return h.releases.Run(ctx, h.log) })
	return nil
}

func (h *house) openMint() error {
	vault, err := mint.OpenVault(h.folder().vault())
	if err != nil {
		return err
	}
	h.mint = &mint.Mint{Store: h.store, Vault: vault, Publisher: h.releases, Now: time.Now, Log: h.log, Published: h.published}
	h.shelf = &shelf.Shelf{Releases: h.releases, Published: h.published}
	h.people = people.Gate{Store: h.store, Now: time.Now}
	h.parts = append(h.parts, h.mint.Run)
	return nil
}

// published tells a tenant's stations that there is something new to fetch.
func (h *house) published(ctx context.Context, tenant wire.Tenant) {
	if err := h.registry.SetTrust(ctx, tenant, h.releases.Version(tenant)); err != nil {
		h.log.Error("stations not told of new data", "tenant", tenant, "err", err)
	}
}

// openStations opens the way of what stations say: broker, desk, believer.
func (h *house) openStations(ctx context.Context) error {
	identities, _, err := h.folder().seals()
	if err != nil {
		return err
	}
	mac, err := h.folder().macKey()
	if err != nil {
		return err
	}
	h.unseal = unsealer(identities)
	believer := &intake.Believer{Store: h.store, Settler: h.mint, Unseal: h.unseal, MACKey: mac, Now: time.Now, Log: h.log, Metrics: h.metrics}
	acks := &intake.Acks{Store: h.store, Push: h.push, Log: h.log}
	h.desk = &intake.Desk{Store: h.store, Acks: acks, Awake: believer.Awake, Settler: h.mint, Now: time.Now, Log: h.log, Metrics: h.metrics,
		Reported: func() { h.conductor.Awake() }}
	h.carrier = intake.Carrier{Desk: h.desk, Keys: h.store, Unseal: func(sealed io.Reader) (io.Reader, error) { return age.Decrypt(sealed, identities...) }}
	h.broker, err = broker.New(broker.Config{Identify: h.identify, Handler: h.desk, Log: h.log})
	if err != nil {
		return err
	}
	h.registry = registry.Registry{Store: h.store, Now: time.Now, Push: h.pushDesired, PushJob: h.pushJob, Disconnect: h.broker.Disconnect, Issue: h.issue, Give: h.give, Log: h.log}
	h.conductor = &conductor.Conductor{Store: h.store, Fleet: h.store, Order: h.registry.OrderBase, Now: time.Now, Log: h.log}
	h.parts = append(h.parts, h.broker.Run, acks.Run, believer.Run, h.conductor.Run,
		func(ctx context.Context) error { return h.journals.Run(ctx, h.log) })
	return nil
}

func unsealer(identities []age.Identity) func([]byte) ([]byte, error) {
	return func(sealed []byte) ([]byte, error) {
		r, err := age.Decrypt(bytes.NewReader(sealed), identities...)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(io.LimitReader(r, wire.MaxPayload))
	}
}

func (h *house) push(tenant wire.Tenant, id wire.Station, kind wire.Kind, payload []byte) error {
	return h.broker.Push(tenant, id, kind, payload)
}

// pushDesired tells a connected station; the others are told when they come.
func (h *house) pushDesired(_ context.Context, tenant wire.Tenant, id wire.Station, d wire.Desired) {
	payload, err := wire.Encode(&d)
	if err == nil {
		err = h.push(tenant, id, wire.KindDesired, payload)
	}
	if err != nil && !errors.Is(err, broker.ErrGone) {
		h.log.Error("desired state not pushed", "station", id, "err", err)
	}
}

// pushJob tells a connected station; the others are told when they come.
func (h *house) pushJob(_ context.Context, tenant wire.Tenant, id wire.Station, job wire.Job) {
	payload, err := wire.Encode(&job)
	if err == nil {
		err = h.push(tenant, id, wire.KindJob, payload)
	}
	if err != nil && !errors.Is(err, broker.ErrGone) {
		h.log.Error("order not pushed", "station", id, "err", err)
	}
}

// issue makes an enrolment token that leads stations here.
func (h *house) issue(ctx context.Context, tenant wire.Tenant, kit string, claims wire.Station, expires time.Time) (string, error) {
	return enroll.Issue(ctx, h.store.Enrolment(), enroll.Offer{
		Server: h.command.Address, Root: h.authority.Fingerprint(), Tenant: tenant, Kit: kit, Claims: claims, Expires: expires,
	})
}

// publish puts what stations seal records to beside the other signed data.
func (h *house) publish(ctx context.Context) error {
	_, recipients, err := h.folder().seals()
	if err != nil {
		return err
	}
	seal, err := json.Marshal(struct {
		Recipients []string `json:"recipients"`
	}{recipients})
	if err != nil {
		return err
	}
	tenants, err := h.store.MintTenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		if err := h.releases.Publish(t, map[string][]byte{release.Prefix(t) + "seal.json": seal}); err != nil {
			return err
		}
		h.published(ctx, t)
	}
	return nil
}

// host is the name in the server's certificate.
func (h *house) host() string {
	host, _, _ := net.SplitHostPort(h.command.Address)
	return host
}
