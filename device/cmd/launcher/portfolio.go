package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"github.com/mallette-kit/mallette/device/kiosk"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/hardware/panel"
)

// openPortfolio makes the pages of "ma carte". A station that has joined no
// fleet signs with a key of this life: its cards are read elsewhere, and nobody
// knows who made them.
func (s *station) openPortfolio() error {
	s.own = &kiosk.Portfolio{Known: func(card pass.SignedOwn) bool { return s.trust.Snapshot().Stations.Signed(card) }}
	if s.me != nil {
		s.own.Key, s.own.Joined = s.me.Ledger, true
		return nil
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make key for cards: %w", err)
	}
	s.own.Key = key
	return nil
}

// ownShown takes a card while somebody's session is on; otherwise it is
// nobody's.
func (s *station) ownShown(card pass.SignedOwn) {
	if !s.session.Active() {
		return
	}
	s.own.Shown(card)
	s.panel.Show(panel.Answered)
}
