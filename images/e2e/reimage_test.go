package e2e_test

import (
	"context"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mallette-kit/mallette/images/stage"
)

// reimage flashes the machine anew: an empty disk, and a token that gives it
// its old identity back.
func (s *story) reimage(ts *testscript.TestScript, p *post) error {
	if err := p.PowerCut(); err != nil {
		return err
	}
	if err := os.RemoveAll(p.Data()); err != nil {
		return err
	}
	token, err := s.kitctl("enroll-token", "--kit", stage.Kit, "--claims", string(p.id))
	if err != nil {
		return err
	}
	if err := p.Enrol(strings.TrimSpace(token)); err != nil {
		return err
	}
	if err := s.startPost(context.Background(), p); err != nil {
		return err
	}
	s.eventually(ts, func() error { return p.identify() })
	s.eventually(ts, func() error { return s.learnt(p) })
	s.eventually(ts, func() error { return p.public("/mediateur", "Avec le code de la structure") })
	return nil
}
