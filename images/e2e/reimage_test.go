package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
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

// rot turns bytes on every page of the station's journal, as a worn card does,
// while the station is off.
func (p *post) rot() error {
	for _, name := range []string{"outbox.db", "outbox.db-wal"} {
		path := filepath.Join(p.Data(), name)
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		worn := bytes.Repeat([]byte{0x5a}, 300)
		for at := 2*4096 - len(worn); at+len(worn) < len(content); at += 4096 {
			copy(content[at:], worn)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
