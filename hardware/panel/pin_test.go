package panel_test

import (
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// pin is a pin with nothing wired to it but the test. What the panel does not
// use fails as periph's invalid pin does.
type pin struct {
	gpio.PinIO
	edges chan gpio.Level

	mu    sync.Mutex
	level gpio.Level
	pull  gpio.Pull
}

func newPin() *pin { return &pin{PinIO: gpio.INVALID, edges: make(chan gpio.Level)} }

func (p *pin) Out(l gpio.Level) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.level = l
	return nil
}

func (p *pin) Read() gpio.Level {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.level
}

func (p *pin) In(pull gpio.Pull, _ gpio.Edge) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pull = pull
	return nil
}

func (p *pin) WaitForEdge(timeout time.Duration) bool {
	select {
	case <-p.edges:
		return true
	case <-time.After(timeout):
		return false
	}
}
