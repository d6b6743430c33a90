package e2e_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
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
	s.eventually(ts, func() error { return p.enter("/mediateur") })
	return nil
}

// rot turns bytes in the middle of the station's journal, as a worn card does.
// The power is off.
func (p *post) rot() error {
	path := filepath.Join(p.Data(), "outbox.db")
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	worn := bytes.Repeat([]byte{0x5a}, 600)
	for at := 3000; at+len(worn) < len(content) && at < 200_000; at += 9000 {
		copy(content[at:], worn)
	}
	return os.WriteFile(path, content, 0o600)
}
