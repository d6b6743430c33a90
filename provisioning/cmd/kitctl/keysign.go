package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/mallette-kit/mallette/provisioning/release"
)

type keySign struct {
	Request string `arg:"" name:"demande" help:"Demande à signer." type:"existingfile"`
	keyFlag
}

// Run signs in place whatever the key is asked for. What is signed is shown first.
func (c *keySign) Run(d *desk) error {
	if err := printRequest(d, c.Request); err != nil {
		return err
	}
	key, err := c.key(d)
	if err != nil {
		return err
	}
	request, err := readRequest(c.Request)
	if err == nil {
		request, err = request.Sign(key.PrivateKey)
	}
	if err != nil {
		return err
	}
	text, err := request.Encode()
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Request, text, 0o644); err != nil {
		return err
	}
	fmt.Fprintln(d.out, "Signé.")
	return nil
}

type keyAdopt struct {
	Request string `arg:"" name:"demande" help:"Demande signée." type:"existingfile"`
}

// errUnsigned says that a request lacks signatures.
var errUnsigned = errors.New("request lacks signatures")

// Run hands the request to the server.
func (c *keyAdopt) Run(d *desk) error {
	request, err := os.ReadFile(c.Request)
	if err != nil {
		return err
	}
	err = d.admin.AdoptRequest(d.ctx, d.tenant, request)
	if errors.Is(err, release.ErrUntrusted) {
		return fmt.Errorf("%w: %w", errUnsigned, err)
	}
	if err == nil {
		fmt.Fprintln(d.out, "C'est fait. Les postes suivent à leur prochain contact.")
	}
	return err
}
