// Package clocktest is a machine's clocks under a test's control. It is for
// tests only and never reads real time.
package clocktest

import (
	"fmt"
	"sync"
	"time"
)

// Machine is a clock.Source whose time passes when told to.
type Machine struct {
	mu   sync.Mutex
	boot int
	mono time.Duration
	host time.Time
}

// New returns a machine that has just booted, whose own clock says host.
func New(host time.Time) *Machine { return &Machine{host: host} }

// Boot implements clock.Source.
func (m *Machine) Boot() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fmt.Sprintf("boot-%d", m.boot)
}

// Mono implements clock.Source.
func (m *Machine) Mono() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mono
}

// Host implements clock.Source.
func (m *Machine) Host() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.host
}

// SetHost implements clock.Source.
func (m *Machine) SetHost(t time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.host = t
	return nil
}

// Pass lets d go by.
func (m *Machine) Pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mono += d
	m.host = m.host.Add(d)
}

// Reboot starts the next boot, after the machine's own clock went to host.
func (m *Machine) Reboot(host time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.boot++
	m.mono = 0
	m.host = host
}
