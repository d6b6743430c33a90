package console

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/mallette-kit/mallette/fleet/mint"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/registry"
)

// cardsView is the page of mediator cards.
type cardsView struct {
	Cards      []mint.MediatorCard
	Structures []registry.Structure
	Names      map[pass.Structure]registry.Structure
	Today      pass.Day
	Until      string // proposed end of a new card
}

func (c *console) cardsPage(w http.ResponseWriter, v *visit) error {
	names, err := c.structures(v)
	if err != nil {
		return err
	}
	body := cardsView{Names: names, Today: pass.DayOf(c.Now()), Until: c.Now().In(paris()).AddDate(1, 0, 0).Format(time.DateOnly)}
	if body.Cards, err = c.Mint.Cards(v.Context(), v.tenant()); err != nil {
		return err
	}
	if body.Structures, err = c.structuresOf(v); err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "cartes", "Cartes de médiateur", body)
}

func (c *console) issueCard(w http.ResponseWriter, v *visit) error {
	until, err := dayFrom(v, "fin")
	if err != nil {
		return err
	}
	card, err := c.Mint.IssueCard(v.Context(), v.tenant(), structureID(v.PostFormValue("structure")), until, v.PostFormValue("nom"))
	if err != nil {
		return err
	}
	id := fmt.Sprint(uint32(card.Card.ID))
	if err := c.note(v, "card.issue", id); err != nil {
		return err
	}
	http.Redirect(w, v.Request, "/cartes/"+id, http.StatusSeeOther)
	return nil
}

// cardView is one card, to print.
type cardView struct {
	mint.MediatorCard
	Home   registry.Structure
	Tenant registry.Tenant
	Code   code
}

func (c *console) cardPage(w http.ResponseWriter, v *visit) error {
	id, err := cardID(v)
	if err != nil {
		return err
	}
	signed, err := c.Mint.SignedCard(v.Context(), v.tenant(), id)
	if err != nil {
		return err
	}
	names, err := c.structures(v)
	if err != nil {
		return err
	}
	body := cardView{Home: names[signed.Card.Structure]}
	if body.Code, err = newCode(signed.Digits()); err != nil {
		return err
	}
	if body.Tenant, err = c.Fleet.Tenant(v.Context(), v.tenant()); err != nil {
		return err
	}
	if body.MediatorCard, err = c.card(v, id); err != nil {
		return err
	}
	return c.show(w, v, http.StatusOK, "carte", fmt.Sprintf("Carte n° %d", uint32(id)), body)
}

func (c *console) card(v *visit, id pass.CardID) (mint.MediatorCard, error) {
	cards, err := c.Mint.Cards(v.Context(), v.tenant())
	if err != nil {
		return mint.MediatorCard{}, err
	}
	for _, k := range cards {
		if k.Card.ID == id {
			return k, nil
		}
	}
	return mint.MediatorCard{}, errNoPage
}

func (c *console) revokeCard(w http.ResponseWriter, v *visit) error {
	id, err := cardID(v)
	if err != nil {
		return err
	}
	if err := c.Mint.RevokeCard(v.Context(), v.tenant(), id); err != nil {
		return err
	}
	if err := c.note(v, "card.revoke", fmt.Sprint(uint32(id))); err != nil {
		return err
	}
	return done(w, v, "/cartes", "revoque")
}

func (c *console) setPIN(w http.ResponseWriter, v *visit) error {
	if err := c.Mint.SetPIN(v.Context(), v.tenant(), structureID(v.PostFormValue("structure")), v.PostFormValue("code")); err != nil {
		return err
	}
	if err := c.note(v, "pin.set", v.PostFormValue("structure")); err != nil {
		return err
	}
	return done(w, v, "/cartes", "code")
}

func cardID(v *visit) (pass.CardID, error) {
	n, err := strconv.ParseUint(v.PathValue("card"), 10, 32)
	if err != nil {
		return 0, errNoPage
	}
	return pass.CardID(n), nil
}

// dayFrom reads a date of a form.
func dayFrom(v *visit, field string) (pass.Day, error) {
	t, err := time.Parse(time.DateOnly, v.PostFormValue(field))
	if err != nil {
		return 0, fmt.Errorf("%w: %s", errInput, field)
	}
	return pass.DayOf(t), nil
}
