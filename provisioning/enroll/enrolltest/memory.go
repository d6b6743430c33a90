// Package enrolltest is a registry in memory, and the suite that it and every
// other implementation of enroll.Registry must pass. It is for tests only and
// keeps nothing.
package enrolltest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"sync"

	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// Memory is a Registry that forgets. The zero value is empty.
type Memory struct {
	mu           sync.Mutex
	tokens       map[enroll.Hash]enroll.Token
	stations     []enroll.Station
	certificates []enroll.Certificate
}

var _ enroll.Registry = (*Memory)(nil)

// AddToken implements [enroll.Registry].
func (m *Memory) AddToken(_ context.Context, t enroll.Token) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.tokens[t.Hash]; ok {
		return errors.New("token twice")
	}
	if m.tokens == nil {
		m.tokens = map[enroll.Hash]enroll.Token{}
	}
	m.tokens[t.Hash] = t
	return nil
}

// Token implements [enroll.Registry].
func (m *Memory) Token(_ context.Context, hash enroll.Hash) (enroll.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tokens[hash]
	if !ok {
		return enroll.Token{}, enroll.ErrNotFound
	}
	return t, nil
}

// Station implements [enroll.Registry].
func (m *Memory) Station(_ context.Context, tenant wire.Tenant, id wire.Station) (enroll.Station, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(func(s enroll.Station) bool { return s.Tenant == tenant && s.ID == id })
}

// StationByHardware implements [enroll.Registry].
func (m *Memory) StationByHardware(_ context.Context, tenant wire.Tenant, kit, hardware string) (enroll.Station, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(func(s enroll.Station) bool {
		return s.Tenant == tenant && s.Kit == kit && s.Hardware == hardware && hardware != ""
	})
}

func (m *Memory) find(match func(enroll.Station) bool) (enroll.Station, error) {
	if i := slices.IndexFunc(m.stations, match); i >= 0 {
		return m.stations[i], nil
	}
	return enroll.Station{}, enroll.ErrNotFound
}

// Admit implements [enroll.Registry].
func (m *Memory) Admit(_ context.Context, a enroll.Admission) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tokens[a.Token]
	old, err := m.find(func(s enroll.Station) bool { return s.Tenant == a.Station.Tenant && s.ID == a.Station.ID })
	if t.Hash != a.Token || t.Used() || t.Revoked || old.Revoked || old.Incarnation+1 != a.Station.Incarnation {
		return enroll.ErrConflict
	}
	t.Key, t.Answer = a.Key, bytes.Clone(a.Answer)
	m.tokens[a.Token] = t
	m.revoke(a.Station.Tenant, a.Station.ID)
	if err == nil {
		m.stations = slices.DeleteFunc(m.stations, func(s enroll.Station) bool { return s.Tenant == old.Tenant && s.ID == old.ID })
	}
	a.Station.Ledger = slices.Clone(a.Station.Ledger)
	m.stations = append(m.stations, a.Station)
	m.certificates = append(m.certificates, a.Certificate)
	return nil
}

// AddCertificate implements [enroll.Registry].
func (m *Memory) AddCertificate(_ context.Context, c enroll.Certificate) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(func(s enroll.Station) bool { return s.Tenant == c.Tenant && s.ID == c.Station })
	if err != nil {
		return err
	}
	if s.Revoked || s.Incarnation != c.Incarnation {
		return enroll.ErrConflict
	}
	m.certificates = append(m.certificates, c)
	return nil
}

// Certificate implements [enroll.Registry].
func (m *Memory) Certificate(_ context.Context, serial string) (enroll.Certificate, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.certificates, func(c enroll.Certificate) bool { return c.Serial == serial })
	if i < 0 {
		return enroll.Certificate{}, enroll.ErrNotFound
	}
	return m.certificates[i], nil
}

// Lose declares a station lost.
func (m *Memory) Lose(tenant wire.Tenant, id wire.Station) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revoke(tenant, id)
	for i, s := range m.stations {
		if s.Tenant == tenant && s.ID == id {
			m.stations[i].Revoked = true
		}
	}
}

func (m *Memory) revoke(tenant wire.Tenant, id wire.Station) {
	for i, c := range m.certificates {
		if c.Tenant == tenant && c.Station == id {
			m.certificates[i].Revoked = true
		}
	}
}

// LedgerOf returns the ledger key of a station's incarnation in use.
func (m *Memory) LedgerOf(tenant wire.Tenant, id wire.Station) ed25519.PublicKey {
	s, _ := m.Station(context.Background(), tenant, id) // nil when unknown
	return s.Ledger
}
