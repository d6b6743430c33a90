package kiosk

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"rsc.io/qr"

	"github.com/mallette-kit/mallette/device/portfolio"
	"github.com/mallette-kit/mallette/fleet/level"
)

// qrQuiet is the quiet zone that the standard asks for, in modules.
const qrQuiet = 4

// cardView is what the page of the card receives.
type cardView struct {
	held
	Code   template.HTML // drawing of the QR code, "" for a card that says nothing
	Joined bool
	Stick  bool // the card can be kept on a stick
}

// Card is what it says.
func (v cardView) Card() portfolio.Card { return v.card }

// Empty reports whether it says nothing.
func (v cardView) Empty() bool { return v.card.Empty() }

// Read reports whether a card was read back in this session.
func (v cardView) Read() bool { return v.read }

// Known reports whether a station of the tenant had signed that card.
func (v cardView) Known() bool { return v.known }

// Level is what pages say of the latest look; the code is never shown.
func (v cardView) Level() string { return v.card.Level.Label() }

// First is what pages say of the first look, when it was another.
func (v cardView) First() string {
	if v.card.First == v.card.Level {
		return ""
	}
	return v.card.First.Label()
}

// Themes are those of the card, to read.
func (v cardView) Themes() []level.Theme {
	var themes []level.Theme
	for _, code := range v.card.Themes {
		if t, ok := level.ThemeOf(code); ok {
			themes = append(themes, t)
		}
	}
	return themes
}

func (p *Portfolio) show(w http.ResponseWriter, r *http.Request) error {
	h := p.now()
	v := cardView{held: h, Joined: p.Joined, Stick: p.Stick != nil}
	if !h.card.Empty() {
		drawing, err := p.drawn(h.card)
		if err != nil {
			return err
		}
		v.Code = template.HTML(drawing)
	}
	return p.Render(w, r, http.StatusOK, "card/card", v)
}

// say keeps what the person ticked.
func (p *Portfolio) say(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	p.alter(func(h *held) {
		var kept []string
		for _, t := range h.card.Themes {
			if slices.Contains(f["vecu"], t) {
				kept = append(kept, t)
			}
		}
		h.card.Themes, h.card.Helped = kept, f.Has("aide")
		h.card.Gym, h.card.Forms = h.card.Gym && f.Has("gestes"), h.card.Forms && f.Has("demarches")
		if !f.Has("point") {
			h.card.Level, h.card.First, h.card.Traits = "", "", portfolio.Traits{}
		}
	})
	return SeeOther(w, r, cardRoot)
}

// image is the code alone, as a file that can be kept.
func (p *Portfolio) image(w http.ResponseWriter, r *http.Request) error {
	h := p.now()
	if h.card.Empty() {
		return ErrNotFound
	}
	drawing, err := p.drawn(h.card)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Disposition", `attachment; filename="ma-carte.svg"`)
	_, err = w.Write([]byte(drawing))
	return err
}

// drawn signs the card of this month and draws its code. A month is as fine as
// a card is dated; nobody's clock is trusted for more.
func (p *Portfolio) drawn(card portfolio.Card) (string, error) {
	card.Month = portfolio.MonthOf(p.Today().Date)
	signed, err := card.Sign(p.Key)
	if err != nil {
		return "", fmt.Errorf("sign card: %w", err)
	}
	digits := signed.Digits()
	code, err := qr.Encode(digits, qr.L)
	if err != nil {
		return "", fmt.Errorf("draw card: %w", err)
	}
	side := code.Size + 2*qrQuiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><desc>%s</desc><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		side, side, digits, side, side, darkPath(code)), nil
}

// darkPath draws the runs of dark modules.
func darkPath(code *qr.Code) string {
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			start := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > start {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", start+qrQuiet, y+qrQuiet, x-start, x-start)
			}
		}
	}
	return b.String()
}

// Date is the month of the card that was read, or the zero time.
func (v cardView) Date() time.Time {
	if v.card.Month == 0 {
		return time.Time{}
	}
	return portfolio.DateOf(v.card.Month)
}
