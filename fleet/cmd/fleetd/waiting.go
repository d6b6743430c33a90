package main

import (
	"errors"

	"github.com/mallette-kit/mallette/fleet/registry"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// give sends a token to the station that shows the code.
func (h *house) give(code string, issue func() (string, error)) error {
	c, err := enroll.ParseCode(code)
	if err != nil {
		return registry.ErrNobodyWaits // nobody shows a code that is none
	}
	err = h.waiting.Approve(c, issue)
	if errors.Is(err, enroll.ErrNobodyWaits) {
		return registry.ErrNobodyWaits
	}
	return err
}
