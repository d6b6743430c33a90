package e2e_test

import (
	"fmt"
	"net/url"
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mallette-kit/mallette/images/stage"
)

var shownCode = regexp.MustCompile(`[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}`)

// accept joins the station by the code on its screen: somebody types the
// fleet's address there, and the technician types the code at her desk.
func (s *story) accept(ts *testscript.TestScript, p *post) error {
	if err := p.kiosk.Open("/mediateur/rejoindre"); err != nil {
		return err
	}
	if err := p.kiosk.Send("/mediateur/rejoindre/code", url.Values{"adresse": {s.fleet.Listen}}); err != nil {
		return err
	}
	code := ""
	s.eventually(ts, func() error {
		if err := p.kiosk.Open("/mediateur/rejoindre/code"); err != nil {
			return err
		}
		if code = shownCode.FindString(p.kiosk.Page.Text); code == "" {
			return fmt.Errorf("%s shows no code: %s", p.name, p.kiosk.Page.Text)
		}
		return nil
	})
	s.eventually(ts, func() error {
		_, err := s.kitctl("enroll-code", code, "--kit", stage.Kit)
		return err
	})
	return nil
}
