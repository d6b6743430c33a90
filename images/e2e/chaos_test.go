package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mallette-kit/mallette/images/visitor"
)

// theChaos: kills PROGRAM at NAME during passes 1-8. Each pass is shown, the
// program dies (kill -9) at another moment of it, comes back, and the mediator
// shows the pass again: it must be stored once, and never less than the screen
// had confirmed.
func theChaos(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	if len(args) != 7 {
		ts.Fatalf("chaos kills PROGRAM at NAME during passes 1-8")
	}
	program, p := args[1], s.station(ts, args[3])
	first, last, _ := strings.Cut(args[6], "-")
	from, _ := strconv.Atoi(first)
	to, _ := strconv.Atoi(last)
	const seed = 20261121
	ts.Logf("chaos with seed %d", seed)
	moments := rand.New(rand.NewPCG(seed, uint64(from)))
	for n := from; n <= to; n++ {
		pass, err := s.papers.pass(int(s.seeded.Batch), n)
		s.must(ts, err)
		s.must(ts, s.survive(ts, p, program, pass, time.Duration(moments.IntN(60*(n-from+1)))*time.Millisecond))
	}
}

func (s *story) survive(ts *testscript.TestScript, p *post, program string, pass paper, moment time.Duration) error {
	if err := p.enter("/mediateur/pass"); err != nil {
		return err
	}
	before := len(p.lines())
	answer := make(chan bool, 1)
	go func() { answer <- p.typed(pass, before) }()
	time.Sleep(moment)
	if err := s.killAndStart(p, program); err != nil {
		return err
	}
	yes := <-answer
	return s.settled(ts, p, pass, yes)
}

// typed types a pass and reports whether the screen said yes.
func (p *post) typed(pass paper, before int) bool {
	err := p.kiosk.Send("/mediateur/pass", url.Values{"code": {pass.digits}})
	lines := p.lines()
	return err == nil && len(lines) > before && strings.HasPrefix(title(lines[0]), "Accepté")
}

func (s *story) killAndStart(p *post, program string) error {
	ctx := context.Background()
	if program == "fleetd" {
		s.fleet.Kill()
		return s.fleet.Start(ctx)
	}
	p.program(program).Kill()
	return p.restart(ctx, program)
}

// settled shows the pass again and counts it.
func (s *story) settled(ts *testscript.TestScript, p *post, pass paper, yes bool) error {
	if err := p.enter("/mediateur/pass"); err != nil {
		return err
	}
	if err := s.answered(ts, p, "", func() error { return s.shown(p, pass.digits, "hand") }); err != nil {
		return err
	}
	switch what := title(p.lines()[0]); {
	case strings.HasPrefix(what, "Accepté") && yes:
		return fmt.Errorf("the screen had said yes, and nothing was stored")
	case strings.HasPrefix(what, "Accepté"):
		p.confirmed[len(p.confirmed)-1].number = pass.digits
		return nil
	case what == "Déjà utilisé":
		p.confirmed = append(p.confirmed, validation{station: p.id, number: pass.digits})
		return nil
	}
	return fmt.Errorf("shown again: %s", visitor.Words(p.lines()[0]))
}
