package links

import (
	"errors"
	"sync"
)

// onceError keeps the first error that another goroutine reports.
type onceError struct {
	mu  sync.Mutex
	err error
}

func (o *onceError) set(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
}

func (o *onceError) get() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		return errors.New("kernel stopped telling")
	}
	return o.err
}
