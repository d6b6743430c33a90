package stage

import (
	"context"
	"errors"
	"time"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
)

// What the seed makes. Everything in it is invented.
const (
	Tenant    wire.Tenant    = "demo"
	Structure pass.Structure = 1
	Kit                      = "mallette-1"
	Library                  = "mediatheque"
	Market                   = "marche"
	PIN                      = "271828"
	Carnets                  = 20
)

// ErrHalfMade says that an earlier seed was interrupted.
var ErrHalfMade = errors.New("seed was interrupted")

// Seeded is what a seeded server holds.
type Seeded struct {
	Issuer pass.Issuer
	Batch  pass.Batch
	Card   pass.CardID
}

// Seed fills an empty server with one structure, two places, a kit, a batch of
// specimen carnets and a mediator card. On a server that was seeded before it
// only finds them.
func Seed(ctx context.Context, c *admin.Client, now time.Time) (Seeded, error) {
	issuers, err := c.Issuers(ctx, Tenant)
	if err != nil {
		return Seeded{}, err
	}
	if len(issuers) > 0 {
		return find(ctx, c, issuers[0].ID)
	}
	if err := seedTerritory(ctx, c); err != nil {
		return Seeded{}, err
	}
	return seedPasses(ctx, c, now)
}

func find(ctx context.Context, c *admin.Client, issuer pass.Issuer) (Seeded, error) {
	batches, err := c.Batches(ctx, Tenant)
	if err != nil {
		return Seeded{}, err
	}
	cards, err := c.Cards(ctx, Tenant)
	if err != nil {
		return Seeded{}, err
	}
	if len(batches) == 0 || len(cards) == 0 {
		return Seeded{}, ErrHalfMade
	}
	return Seeded{issuer, batches[0].Manifest.Batch, cards[0].Card.ID}, nil
}

func seedTerritory(ctx context.Context, c *admin.Client) error {
	err := c.SaveStructure(ctx, Tenant, registry.Structure{
		ID: Structure, SIRET: "73282932000074", Name: "Maison du numérique des Deux-Rives", Territory: "Deux-Rives", Passes: true,
		Contact: "Maison du numérique, 00 00 00 00 00",
	})
	if err != nil {
		return err
	}
	places := []registry.Place{
		{ID: Library, Structure: Structure, Name: "Médiathèque du Pont", Commune: "Rive-Haute", INSEE: "99001", Zone: "Europe/Paris"},
		{ID: Market, Structure: Structure, Name: "Halle du marché", Commune: "Rive-Basse", INSEE: "99002", Zone: "Europe/Paris", Itinerant: true},
	}
	for _, p := range places {
		if err := c.SavePlace(ctx, Tenant, p); err != nil {
			return err
		}
	}
	return c.SaveKit(ctx, Tenant, registry.Kit{ID: Kit, Structure: Structure, Label: "Mallette de démonstration"})
}

func seedPasses(ctx context.Context, c *admin.Client, now time.Time) (Seeded, error) {
	issuer, err := c.AddIssuer(ctx, Tenant, mint.Issuer{Name: "Communauté de communes des Deux-Rives", Address: "1 place du Marché, 99000 Rive-Haute"})
	if err != nil {
		return Seeded{}, err
	}
	order := mint.Order{
		Issuer: issuer.ID, Commanditaire: "Communauté de communes des Deux-Rives", FaceValue: 1000, CarnetSize: 10, Carnets: Carnets, Specimen: true,
		Print: pass.Print{PublicBody: "Communauté de communes des Deux-Rives", Nature: "Accompagnement aux usages du numérique"},
	}
	order.YearDates(now.Year())
	order.Structures = []pass.Qualification{{Structure: Structure, Until: order.PresentBy}}
	batch, err := c.CreateBatch(ctx, Tenant, order)
	if err != nil {
		return Seeded{}, err
	}
	card, err := c.IssueCard(ctx, admin.CardOrder{Tenant: Tenant, Structure: Structure, Until: pass.DayOf(now.AddDate(1, 0, 0)), Label: "Démonstration"})
	if err != nil {
		return Seeded{}, err
	}
	if err := c.SetPIN(ctx, Tenant, Structure, PIN); err != nil {
		return Seeded{}, err
	}
	return Seeded{issuer.ID, batch.Manifest.Batch, card.ID}, c.Publish(ctx, Tenant)
}

// Settle makes a station that has just joined the mediator's own station of
// the demonstration kit, and waits for the server to know it.
func Settle(ctx context.Context, c *admin.Client) (wire.Station, error) {
	var id wire.Station
	err := poll(ctx, nil, "enrolment", func(ctx context.Context) error {
		stations, err := c.Stations(ctx, Tenant, registry.Query{Kit: Kit})
		if err != nil || len(stations) == 0 {
			return errors.Join(errors.New("no station yet"), err)
		}
		id = stations[0].ID
		return nil
	})
	if err != nil {
		return "", err
	}
	edit := registry.Edit{Kit: Kit, Label: "Poste médiateur", Role: wire.RoleMediator, Mode: wire.ModeWorkshop, Place: Library}
	return id, c.EditStation(ctx, Tenant, id, edit)
}

// DemoToken asks for the token that lets one machine join the kit.
func DemoToken() admin.TokenOrder {
	return admin.TokenOrder{Tenant: Tenant, Kit: Kit, Life: 24 * time.Hour}
}
