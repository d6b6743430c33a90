package e2e_test

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/net/html"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/images/visitor"
)

// console is somebody in the office, signed in as administrator.
type console struct{ *visitor.Office }

// theOffice: agrees with NAME…, reads PAGE 'words', counts STATE N, closes the
// month, sends PAGE FORM name=value…
func theOffice(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	c := s.console
	act(ts, false, "office", args, map[string]func([]string) error{
		"agrees": func(args []string) error {
			s.eventually(ts, func() error { return s.agrees(ts, args[1:]) })
			return nil
		},
		"reads": func(args []string) error {
			s.eventually(ts, func() error { return c.reads(neg, args[0], args[1:]...) })
			return nil
		},
		"counts": func(args []string) error {
			s.eventually(ts, func() error { return c.counts(args[0], args[1]) })
			return nil
		},
		"finds": func(args []string) error {
			s.eventually(ts, func() error { return s.finds(ts, args[0], args[1:]) })
			return nil
		},
		"sends": func(args []string) error { return c.fills(settings(ts, args[2:]), args[0], args[1]) },
		"saves": func(args []string) error { return c.saves(ts.MkAbs(args[1]), args[0]) },
	})
}

func (c *console) reads(neg bool, path string, texts ...string) error {
	if err := c.Open(path); err != nil {
		return err
	}
	for _, text := range texts {
		if strings.Contains(c.Page.Text, text) == neg {
			return fmt.Errorf("console %s, about %q: %s", path, text, c.Page.Text)
		}
	}
	return nil
}

func (c *console) fills(with map[string]string, path, action string) error {
	if err := c.Open(path); err != nil {
		return err
	}
	values := url.Values{}
	for name, value := range with {
		if value == "last-month" {
			value = time.Now().AddDate(0, 0, -time.Now().Day()).Format("2006-01")
		}
		values.Set(name, value)
	}
	if err := c.Send(action, values); err != nil {
		return err
	}
	if c.Page.Status >= 400 {
		return fmt.Errorf("console %s: %s", action, c.Page.Text)
	}
	return nil
}

// saves keeps a file that the console offers.
func (c *console) saves(file, path string) error {
	if err := c.Open(path); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.TrimPrefix(c.Page.Body, "\ufeff")), 0o600)
}

// entry is a line of the console's table of validations.
type entry struct {
	station wire.Station
	number  string
	state   string
}

// entries reads the whole table, page after page.
func (c *console) entries() ([]entry, error) {
	var list []entry
	for n := 1; ; n++ {
		if err := c.Open("/validations?page=" + strconv.Itoa(n)); err != nil {
			return nil, err
		}
		if c.Page.Status != 200 {
			return nil, fmt.Errorf("console /validations: %d", c.Page.Status)
		}
		rows := visitor.FindAll(c.Page.Root, func(n *html.Node) bool { return n.Data == "tr" && n.Parent.Data == "tbody" })
		if len(rows) == 0 {
			return list, nil
		}
		for _, row := range rows {
			list = append(list, entryOf(row))
		}
		if len(rows) < 50 {
			return list, nil
		}
	}
}

func entryOf(row *html.Node) entry {
	station := visitor.Words(visitor.Find(row, func(n *html.Node) bool { return n.Data == "a" && visitor.Class(n, "id") }))
	cell := visitor.FindAll(row, func(n *html.Node) bool { return n.Data == "td" })[0]
	number := printed.FindString(visitor.Words(cell))
	return entry{wire.Station(station), number, visitor.Words(visitor.Find(row, func(n *html.Node) bool { return visitor.Class(n, "tag") }))}
}

// agrees compares the console, validation by validation, with what the
// stations confirmed on their screens: nothing lost, nothing doubled.
func (s *story) agrees(ts *testscript.TestScript, names []string) error {
	stored, err := s.console.entries()
	if err != nil {
		return err
	}
	var got, want []string
	for _, e := range stored {
		got = append(got, fmt.Sprintf("%s %s %t", e.station, cmp.Or(e.number, "other issuer"), e.state == "Annulée"))
	}
	for _, name := range names {
		for _, v := range s.station(ts, name).confirmed {
			want = append(want, fmt.Sprintf("%s %s %t", v.station, cmp.Or(v.number, "other issuer"), v.cancelled))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("the console has %d validations, the screens confirmed %d (station, pass, cancelled):\nconsole\n%s\nscreens\n%s",
			len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}

// counts counts the validations in a state.
func (c *console) counts(state, want string) error {
	list, err := c.entries()
	if err != nil {
		return err
	}
	n := 0
	for _, e := range list {
		if e.state == state || state == "all" {
			n++
		}
	}
	if strconv.Itoa(n) != want {
		return fmt.Errorf("console has %d validations %q; want %s: %v", n, state, want, list)
	}
	return nil
}

// finds holds the states of a station's validations, oldest first, to states.
func (s *story) finds(ts *testscript.TestScript, name string, states []string) error {
	list, err := s.console.entries()
	if err != nil {
		return err
	}
	var got []string
	for _, e := range list {
		if e.station == s.station(ts, name).id {
			got = append(got, e.state)
		}
	}
	slices.Sort(got)
	slices.Sort(states)
	if !slices.Equal(got, states) {
		return fmt.Errorf("console has validations of %s in states %q; want %q", name, got, states)
	}
	return nil
}

// theMint: makes a batch year=2026 | year=last, revokes carnet=1 | key=1 | batch=2, publishes.
func theMint(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	issuer := strconv.Itoa(int(s.seeded.Issuer))
	act(ts, neg, "mint", args, map[string]func([]string) error{
		"makes": func(args []string) error {
			make := []string{"batch", "create", "--issuer", issuer, "--commanditaire", "Chambre des métiers", "--carnets", "1",
				"--public-body", "Deux-Rives", "--nature", "Accompagnement", "--structures", strconv.Itoa(int(stage.Structure))}
			for name, value := range settings(ts, args[1:]) {
				make = append(make, "--"+name, year(value))
			}
			if _, err := s.kitctl(make...); err != nil {
				return err
			}
			return s.fleet.Admin().Publish(context.Background(), stage.Tenant)
		},
		"revokes": func(args []string) error {
			revoke := []string{"batch", "revoke", "--issuer", issuer}
			for _, arg := range args {
				revoke = append(revoke, "--"+arg)
			}
			if _, err := s.kitctl(revoke...); err != nil {
				return err
			}
			return s.fleet.Admin().Publish(context.Background(), stage.Tenant)
		},
	})
}

// year reads "this", "last" or "next" beside numbers and words.
func year(text string) string {
	this := time.Now().AddDate(0, 1, 0).Year()
	switch text {
	case "this":
		return strconv.Itoa(this)
	case "next":
		return strconv.Itoa(this + 1)
	case "past":
		return strconv.Itoa(this - 2)
	}
	return text
}
