package e2e_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/net/html"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/images/visitor"
)

// validation is one that a station confirmed on its screen.
type validation struct {
	station   wire.Station
	number    string // as printed; "" for another issuer's
	line      string // of the row on the screen
	cancelled bool
}

// aMediator: NAME opens the day [place= date= time= service= papers=], NAME
// shows pass 3 [of lot 2] by camera|scanner, NAME types pass 4, NAME types
// 'digits', NAME sees 'title'…, NAME cancels pass 2, NAME confirms, NAME ends
// the day participants=9 papers=9, NAME reads PAGE 'words'.
func aMediator(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	p := s.station(ts, args[0])
	refused := neg && args[1] == "opens"
	act(ts, refused, args[0], args[1:], map[string]func([]string) error{
		"opens":    func(args []string) error { return p.opens(settings(ts, args[2:])) },
		"ends":     func(args []string) error { return p.ends(settings(ts, args[2:])) },
		"shows":    func(args []string) error { return s.presents(ts, p, args) },
		"types":    func(args []string) error { return s.presents(ts, p, append(args, "by", "hand")) },
		"sees":     func(args []string) error { return p.sees(neg, args) },
		"cancels":  func(args []string) error { return s.cancels(p, args) },
		"confirms": nothing(func() error { return p.confirms() }),
		"gives":    func(args []string) error { return s.shown(p, strings.Join(args, " "), "scanner") },
		"unlocks":  func(args []string) error { return s.unlocks(ts, p) },
		"reads": func(args []string) error {
			s.eventually(ts, func() error { return p.reads(neg, args[0], args[1]) })
			return nil
		},
	})
}

// enter opens a page of mediator mode, with the PIN when the door is shut.
func (p *post) enter(path string) error {
	if err := p.kiosk.Open(path); err != nil {
		return err
	}
	if form(p.kiosk.Page.Root, "/mediateur/ouvrir") == nil {
		return nil
	}
	if err := p.kiosk.Send("/mediateur/ouvrir", url.Values{"code": {stage.PIN}}); err != nil {
		return err
	}
	if form(p.kiosk.Page.Root, "/mediateur/ouvrir") != nil {
		return fmt.Errorf("%s does not open: %s", p.name, p.kiosk.Page.Text)
	}
	return p.kiosk.Open(path)
}

// unlocks holds the mediator's card before the camera and waits for the door.
func (s *story) unlocks(ts *testscript.TestScript, p *post) error {
	card, err := s.papers.card()
	if err != nil {
		return err
	}
	if err := p.photograph(card.picture); err != nil {
		return err
	}
	s.eventually(ts, func() error {
		if err := p.kiosk.Open("/mediateur"); err != nil {
			return err
		}
		if form(p.kiosk.Page.Root, "/mediateur/ouvrir") != nil {
			return fmt.Errorf("the card does not open %s: %s", p.name, p.kiosk.Page.Text)
		}
		return nil
	})
	return nil
}

func form(root *html.Node, action string) *html.Node {
	return visitor.Find(root, func(n *html.Node) bool { return n.Data == "form" && visitor.Attr(n, "action") == action })
}

func (p *post) opens(with map[string]string) error {
	if err := p.enter("/mediateur/journee"); err != nil {
		return err
	}
	values := url.Values{}
	for word, field := range map[string]string{"place": "lieu", "time": "heure", "service": "service", "papers": "papiers"} {
		if value, ok := with[word]; ok {
			values.Set(field, value)
		}
	}
	switch date := with["date"]; date {
	case "", "shown":
	case "unknown":
		values.Set("date_inconnue", "oui")
	default:
		values.Set("date", day(date))
	}
	if err := p.kiosk.Send("/mediateur/journee", values); err != nil {
		return err
	}
	if !strings.Contains(p.kiosk.Page.Text, "Valider des pass") {
		return fmt.Errorf("the day does not open: %s", p.kiosk.Page.Text)
	}
	return nil
}

// day reads today, tomorrow, a date, or 31/01 and 01/02 of the year after the
// passes' own.
func day(text string) string {
	now := time.Now()
	after := strconv.Itoa(now.AddDate(0, 1, 0).Year() + 1)
	switch text {
	case "today":
		return now.Format(time.DateOnly)
	case "tomorrow":
		return now.AddDate(0, 0, 1).Format(time.DateOnly)
	case "31-january":
		return after + "-01-31"
	case "1-february":
		return after + "-02-01"
	case "20-february":
		return after + "-02-20"
	}
	return text
}

func (p *post) ends(with map[string]string) error {
	if err := p.enter("/mediateur/fin"); err != nil {
		return err
	}
	if err := p.kiosk.Send("/mediateur/fin", url.Values{"participants": {with["participants"]}, "papiers": {with["papers"]}}); err != nil {
		return err
	}
	if !strings.Contains(p.kiosk.Page.Text, "Feuille du jour") {
		return fmt.Errorf("the day does not end: %s", p.kiosk.Page.Text)
	}
	return nil
}

// presents shows or types passes, one after the other, and waits for each answer.
func (s *story) presents(ts *testscript.TestScript, p *post, args []string) error {
	if err := p.enter("/mediateur/pass"); err != nil {
		return err
	}
	p.row = len(p.lines())
	altered := args[0] == "altered"
	if altered {
		args = args[1:]
	}
	if args[0] != "pass" && args[0] != "passes" {
		p.outOfSight(args[0])
		return s.answered(ts, p, "", func() error { return s.shown(p, args[0], args[len(args)-1]) })
	}
	batch := int(s.seeded.Batch)
	if len(args) > 3 && args[2] == "of" {
		batch, _ = strconv.Atoi(args[4])
	}
	first, last, _ := strings.Cut(args[1], "-")
	if last == "" {
		last = first
	}
	from, err1 := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil {
		return fmt.Errorf("pass %s?", args[1])
	}
	for n := from; n <= to; n++ {
		pass, err := s.papers.pass(batch, n)
		if err != nil {
			return err
		}
		if altered {
			pass = pass.altered()
		}
		if err := s.answered(ts, p, pass.digits, func() error { return s.hold(p, pass, args[len(args)-1]) }); err != nil {
			return err
		}
	}
	return nil
}

// hold holds a pass before the camera or the scanner, or types its digits.
func (s *story) hold(p *post, pass paper, how string) error {
	if how != "hand" {
		p.outOfSight(pass.code)
	}
	switch how {
	case "camera":
		return p.photograph(pass.picture)
	case "scanner":
		return s.shown(p, pass.code, how)
	}
	return s.shown(p, pass.digits, how)
}

// outOfSight waits as long as a person needs to put a pass down and take it up
// again: a reader takes what stays in sight for one showing.
func (p *post) outOfSight(code string) {
	if p.held == nil {
		p.held = map[string]time.Time{}
	}
	time.Sleep(time.Until(p.held[code].Add(3 * time.Second)))
	p.held[code] = time.Now()
}

// photograph puts a picture before the station's camera.
func (p *post) photograph(picture string) error {
	content, err := os.ReadFile(picture)
	if err != nil {
		return err
	}
	path := filepath.Join(p.Camera(), fmt.Sprintf("%d%s", time.Now().UnixNano(), filepath.Ext(picture)))
	if err := os.WriteFile(path+".part", content, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func (s *story) shown(p *post, text, how string) error {
	if how == "hand" {
		if err := p.enter("/mediateur/pass"); err != nil {
			return err
		}
		return p.kiosk.Send("/mediateur/pass", url.Values{"code": {text}})
	}
	pipe, err := os.OpenFile(p.Scanner(), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer pipe.Close()
	_, err = pipe.WriteString(text + "\n")
	return err
}

// answered does something at the desk and waits until the row shows its answer.
func (s *story) answered(ts *testscript.TestScript, p *post, number string, do func() error) error {
	before := len(p.lines())
	if err := do(); err != nil {
		return err
	}
	s.eventually(ts, func() error {
		if err := p.enter("/mediateur/pass"); err != nil {
			return err
		}
		if len(p.lines()) == before {
			return fmt.Errorf("%s gives no answer: %s", p.name, p.kiosk.Page.Text)
		}
		return nil
	})
	p.note(number, p.lines()[0])
	return nil
}

// lines are the answers on the screen, the newest first.
func (p *post) lines() []*html.Node {
	return visitor.FindAll(p.kiosk.Page.Root, func(n *html.Node) bool { return n.Data == "li" && visitor.Class(n, "med-line") })
}

// title is what an answer says in bold.
func title(line *html.Node) string {
	return visitor.Words(visitor.Find(line, func(n *html.Node) bool { return n.Data == "strong" }))
}

// note remembers what the screen confirmed.
func (p *post) note(number string, line *html.Node) {
	id := visitor.Attr(visitor.Find(line, func(n *html.Node) bool { return strings.HasSuffix(visitor.Attr(n, "action"), "/annuler") }), "action")
	what := title(line)
	yes := strings.HasPrefix(what, "Accepté") || strings.HasPrefix(what, "Noté")
	if yes {
		p.confirmed = append(p.confirmed, validation{p.id, number, id, false})
		return
	}
	for i := range p.confirmed {
		if number != "" && p.confirmed[i].number == number && !p.confirmed[i].cancelled && id != "" {
			p.confirmed[i].line = id
		}
	}
}

// sees holds every answer since the last showing to a title, and the newest to
// further words.
func (p *post) sees(neg bool, args []string) error {
	lines := p.lines()
	fresh := lines[:len(lines)-p.row]
	if len(fresh) == 0 {
		return fmt.Errorf("%s shows nothing new", p.name)
	}
	for _, line := range fresh {
		if (title(line) == args[0]) == neg {
			return fmt.Errorf("%s says %q; want %q", p.name, visitor.Words(line), args[0])
		}
	}
	for _, more := range args[1:] {
		if !strings.Contains(visitor.Words(fresh[0]), more) {
			return fmt.Errorf("%s says %q without %q", p.name, visitor.Words(fresh[0]), more)
		}
	}
	return nil
}

// cancels takes back the validation of a pass that is on the screen.
func (s *story) cancels(p *post, args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	pass, err := s.papers.pass(int(s.seeded.Batch), n)
	if err != nil {
		return err
	}
	if err := p.enter("/mediateur/pass"); err != nil {
		return err
	}
	for i := range p.confirmed {
		v := &p.confirmed[i]
		if v.number == pass.digits && !v.cancelled {
			if err := p.kiosk.Send(v.line, nil); err != nil {
				return err
			}
			v.cancelled = strings.Contains(p.kiosk.Page.Text, "La validation est annulée")
			if !v.cancelled {
				return fmt.Errorf("nothing was cancelled: %s", p.kiosk.Page.Text)
			}
			return nil
		}
	}
	return fmt.Errorf("%s never validated this pass", p.name)
}

// confirms gives the mediator's word on the newest answer.
func (p *post) confirms() error {
	line := p.lines()[0]
	ask := visitor.Find(line, func(n *html.Node) bool { return strings.HasSuffix(visitor.Attr(n, "action"), "/accepter") })
	if ask == nil {
		return fmt.Errorf("%s asks nothing: %s", p.name, visitor.Words(line))
	}
	said := url.Values{}
	for _, box := range visitor.FindAll(ask, func(n *html.Node) bool { return visitor.Attr(n, "name") == "parole" }) {
		said.Add("parole", visitor.Attr(box, "value"))
	}
	if err := p.kiosk.Send(visitor.Attr(ask, "action"), said); err != nil {
		return err
	}
	p.row = len(p.lines()) - 1
	return nil
}

func (p *post) reads(neg bool, path, text string) error {
	if err := p.enter(path); err != nil {
		return err
	}
	if strings.Contains(p.kiosk.Page.Text, text) == neg {
		return fmt.Errorf("%s of %s, about %q: %s", path, p.name, text, p.kiosk.Page.Text)
	}
	return nil
}

// aLearner: NAME follows LESSON. She begins a session, goes through the lesson
// and says that she has finished.
func aLearner(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	p := s.station(ts, args[0])
	lesson := args[2]
	v := visitor.New(p.Kiosk())
	s.must(ts, v.Open("/"))
	s.must(ts, v.Send("/session/debut", nil))
	s.must(ts, v.Open("/lecon/"+lesson))
	s.must(ts, v.Send("/lecon/"+lesson+"/commencer", nil))
	for n := 1; form(v.Page.Root, "/lecon/"+lesson+"/terminer") == nil; n++ {
		if v.Page.Status != 200 || n > 40 {
			ts.Fatalf("the lesson leads nowhere: %s: %s", v.Page.Path, v.Page.Text)
		}
		s.must(ts, v.Open(fmt.Sprintf("/lecon/%s/etape/%d", lesson, n)))
	}
	s.must(ts, v.Send("/lecon/"+lesson+"/terminer", nil))
	s.must(ts, v.Send("/session/fin", nil))
}
