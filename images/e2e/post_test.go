package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/images/visitor"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// aStation: NAME starts [clock=unset], NAME enrols [place=marche] [by=code], NAME stops,
// NAME kills PROGRAM, NAME restarts PROGRAM, NAME syncs, NAME is reimaged.
func aStation(ts *testscript.TestScript, neg bool, args []string) {
	s, ctx, name := of(ts), context.Background(), args[0]
	if args[1] == "starts" && s.stations[name] == nil {
		s.stations[name] = s.newPost(name, settings(ts, args[2:]))
		args = args[:2]
	}
	p := s.station(ts, name)
	act(ts, neg, name, args[1:], map[string]func([]string) error{
		"starts": nothing(func() error { return s.startPost(ctx, p) }),
		"stops":  nothing(func() error { return p.Stop(ctx) }),
		"enrols": func(args []string) error {
			err := s.enrol(ts, p, settings(ts, args))
			ts.Setenv(strings.ToUpper(name), string(p.id))
			return err
		},
		"kills":    func(args []string) error { return p.kill(args[0]) },
		"restarts": func(args []string) error { return p.restart(ctx, args[0]) },
		"syncs":    nothing(func() error { s.eventually(ts, func() error { return s.synced(p) }); return nil }),
		"learns":   nothing(func() error { s.eventually(ts, func() error { return s.learnt(p) }); return nil }),
		"shows": func(args []string) error {
			s.eventually(ts, func() error { return p.public(args[0], args[1]) })
			return nil
		},
		"rots": nothing(p.rot),
		"is":   func(args []string) error { return s.reimage(ts, p) },
	})
}

func (s *story) newPost(name string, with map[string]string) *post {
	return &post{name: name, Station: &stage.Station{
		Bin: bin, Dir: filepath.Join(s.dir, name), Listen: "127.0.0.1:0", Clock: with["clock"],
		Log: func(program string) io.Writer { return s.said.of(program) },
	}}
}

func (s *story) startPost(ctx context.Context, p *post) error {
	if p.line == nil && s.fleet.Program != nil {
		line, err := stage.NewLine(s.fleet.Listen)
		if err != nil {
			return err
		}
		p.line, p.Server = line, line.Addr()
	}
	if err := p.Start(ctx); err != nil {
		return err
	}
	p.kiosk = visitor.New(p.Kiosk())
	return nil
}

// enrol makes the station the mediator's own one of the kit, with a token from
// the technician's tool or by the code on its screen.
func (s *story) enrol(ts *testscript.TestScript, p *post, with map[string]string) error {
	join := s.join
	if with["by"] == "code" {
		join = func(p *post) error { return s.accept(ts, p) }
	}
	if err := join(p); err != nil {
		return err
	}
	s.eventually(ts, func() error { return p.identify() })
	place, role := with["place"], with["role"]
	if place == "" {
		place = stage.Market
	}
	if role == "" {
		role = string(wire.RoleMediator)
	}
	if _, err := s.kitctl("station", "edit", string(p.id), "--label", p.name, "--role", role, "--mode", "workshop", "--place", place); err != nil {
		return err
	}
	s.eventually(ts, func() error { return s.learnt(p) })
	s.eventually(ts, func() error { return p.public("/mediateur", "Avec le code de la structure") })
	s.eventually(ts, func() error { return p.enter("/mediateur") })
	return nil
}

// join gives the station a token from the technician's tool.
func (s *story) join(p *post) error {
	token, err := s.kitctl("enroll-token", "--kit", stage.Kit)
	if err != nil {
		return err
	}
	s.said.never("an enrolment token", strings.TrimSpace(token))
	return p.Enrol(strings.TrimSpace(token))
}

// identify learns under which name the station was enrolled.
func (p *post) identify() error {
	me, err := identity.LoadStation(filepath.Join(p.Data(), "identity"))
	if err != nil {
		return fmt.Errorf("%s is not enrolled: %w", p.name, err)
	}
	p.id = me.ID
	return nil
}

func (s *story) known(p *post) (registry.Station, error) {
	var st registry.Station
	text, err := s.kitctl("station", "show", string(p.id))
	if err == nil {
		err = json.Unmarshal([]byte(text), &st)
	}
	return st, err
}

// learnt is nil when the station has taken what the fleet wants and knows.
func (s *story) learnt(p *post) error {
	st, err := s.known(p)
	if err != nil {
		return err
	}
	if !st.Online || st.Reported.Version < st.Desired.Version || st.Reported.Trust < st.Desired.Trust || st.Desired.Version == 0 || st.Desired.Trust == 0 {
		return fmt.Errorf("%s is not up to date: online %t, settings %d of %d, lists %d of %d",
			p.name, st.Online, st.Reported.Version, st.Desired.Version, st.Reported.Trust, st.Desired.Trust)
	}
	return nil
}

// synced is nil when the station says that nothing waits to be sent.
func (s *story) synced(p *post) error {
	if err := p.enter("/mediateur/poste"); err != nil {
		return err
	}
	if !strings.Contains(p.kiosk.Page.Text, "aucun pass") || !strings.Contains(p.kiosk.Page.Text, "relié à la flotte") {
		return fmt.Errorf("%s says: %s", p.name, p.kiosk.Page.Text)
	}
	return nil
}

// public looks for words on a page that anybody sees.
func (p *post) public(path, text string) error {
	if err := p.kiosk.Open(path); err != nil {
		return err
	}
	if !strings.Contains(p.kiosk.Page.Text, text) {
		return fmt.Errorf("%s of %s has no %q: %s", path, p.name, text, p.kiosk.Page.Text)
	}
	return nil
}

func (p *post) program(name string) *stage.Program {
	return map[string]*stage.Program{"passreader": p.Reader, "launcher": p.Launcher, "agent": p.Agent}[name]
}

func (p *post) kill(name string) error {
	program := p.program(name)
	if program == nil {
		return errors.New("no program " + name)
	}
	program.Kill()
	return nil
}

func (p *post) restart(ctx context.Context, name string) error {
	switch name {
	case "passreader":
		return p.StartReader()
	case "launcher":
		return p.StartLauncher(ctx)
	}
	return p.StartAgent()
}

// thePower: cut NAME, back NAME.
func thePower(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	p := s.station(ts, args[1])
	switch args[0] {
	case "cut":
		s.must(ts, p.PowerCut())
	case "back":
		s.must(ts, s.startPost(context.Background(), p))
	default:
		ts.Fatalf("power cut or power back")
	}
}

// aLine: NAME cut, NAME mended, NAME frozen.
func aLine(ts *testscript.TestScript, neg bool, args []string) {
	line := of(ts).station(ts, args[0]).line
	switch args[1] {
	case "cut":
		line.Cut()
	case "mended":
		line.Mend()
	case "frozen":
		line.Freeze()
	default:
		ts.Fatalf("line NAME cut, mended or frozen")
	}
}
