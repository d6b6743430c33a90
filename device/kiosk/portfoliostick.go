package kiosk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/mallette-kit/mallette/device/portfolio"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/provisioning/durable"
)

// A card lies on a stick as the picture that is printed too; the digits of its
// code are in the picture's description.
const (
	cardFolder  = "ma-carte"
	cardsOnce   = 9       // of several people who share a stick
	maxCardFile = 1 << 20 // a picture is 20 KB
)

var cardDigits = regexp.MustCompile(`<desc>(\d{191})</desc>`)

func cardFile(n int) string {
	if n == 1 {
		return "ma-carte.svg"
	}
	return fmt.Sprintf("ma-carte-%d.svg", n)
}

// foundCard is a card of a stick.
type foundCard struct {
	File  string
	Month time.Time // zero when it says none
	own   pass.SignedOwn
}

// stickPage is what came of asking for a stick.
type stickPage struct {
	Said  string // what happened: absente, illisible, vide, pleine, gardee; "": choose
	Cards []foundCard
}

// keep writes the card on the stick: over the one that was read from it in this
// session, or beside those of others.
func (p *Portfolio) keep(w http.ResponseWriter, r *http.Request) error {
	h := p.now()
	if p.Stick == nil || h.card.Empty() {
		return ErrNotFound
	}
	drawing, err := p.drawn(h.card)
	if err != nil {
		return err
	}
	err = p.Stick.Use(r.Context(), func(dir string) error {
		name := h.file
		if name == "" {
			name = freeCard(dir)
		}
		p.alter(func(h *held) { h.file = name })
		return durable.Carry(dir, cardFolder, name, func(to io.Writer) error { _, err := io.WriteString(to, drawing); return err })
	})
	return p.tellStick(w, r, err, "gardee")
}

// freeCard is the first name that nobody's card has, or the last one.
func freeCard(dir string) string {
	for n := 1; n < cardsOnce; n++ {
		if _, err := os.Lstat(filepath.Join(dir, cardFolder, cardFile(n))); errors.Is(err, fs.ErrNotExist) {
			return cardFile(n)
		}
	}
	return cardFile(cardsOnce)
}

// takeBack reads the card of the stick; of several, the one that is chosen.
func (p *Portfolio) takeBack(w http.ResponseWriter, r *http.Request) error {
	if p.Stick == nil {
		return ErrNotFound
	}
	found, err := p.onStick(r.Context())
	if err != nil {
		return p.tellStick(w, r, err, "")
	}
	wanted := r.PostForm.Get("carte")
	i := slices.IndexFunc(found, func(c foundCard) bool { return c.File == wanted })
	switch {
	case len(found) == 0:
		return p.Render(w, r, http.StatusOK, "card/stick", stickPage{Said: "vide"})
	case i < 0 && len(found) > 1:
		return p.Render(w, r, http.StatusOK, "card/stick", stickPage{Cards: found})
	}
	c := found[max(i, 0)]
	p.Shown(c.own)
	p.alter(func(h *held) { h.file = c.File })
	return SeeOther(w, r, cardRoot)
}

// onStick reads the cards of a stick. What is not one is passed over.
func (p *Portfolio) onStick(ctx context.Context) (found []foundCard, err error) {
	err = p.Stick.Use(ctx, func(dir string) error {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return fmt.Errorf("open stick: %w", err)
		}
		defer root.Close()
		for n := 1; n <= cardsOnce; n++ {
			if c, ok := readCard(root, cardFile(n)); ok {
				found = append(found, c)
			}
		}
		return nil
	})
	return found, err
}

// readCard reads a card from somebody's file, which may be anything.
func readCard(root *os.Root, name string) (foundCard, bool) {
	f, err := root.Open(filepath.Join(cardFolder, name))
	if err != nil {
		return foundCard{}, false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return foundCard{}, false
	}
	text, err := io.ReadAll(io.LimitReader(f, maxCardFile))
	if err != nil {
		return foundCard{}, false
	}
	digits := cardDigits.FindSubmatch(text)
	if digits == nil {
		return foundCard{}, false
	}
	code, err := pass.Read(string(digits[1]))
	if err != nil || code.Kind != pass.KindOwn {
		return foundCard{}, false
	}
	c := foundCard{File: name, own: code.Own}
	if code.Own.Card.Month > 0 {
		c.Month = portfolio.DateOf(code.Own.Card.Month)
	}
	return c, true
}

// tellStick says what came of it.
func (p *Portfolio) tellStick(w http.ResponseWriter, r *http.Request, err error, well string) error {
	said := well
	switch {
	case errors.Is(err, ErrNoStick):
		said = "absente"
	case err != nil:
		said = "illisible"
	}
	return p.Render(w, r, http.StatusOK, "card/stick", stickPage{Said: said})
}
