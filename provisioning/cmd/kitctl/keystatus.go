package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/provisioning/identity"
	"github.com/mallette-kit/mallette/provisioning/release"
)

type keyStatus struct {
	Request string `arg:"" name:"demande" optional:"" help:"Demande en cours ; sans elle, la racine du serveur." type:"existingfile"`
}

// Run prints the root's keys, or what a request changes and who has signed it.
func (c *keyStatus) Run(d *desk) error {
	if c.Request != "" {
		return printRequest(d, c.Request)
	}
	standing, err := d.admin.Standing(d.ctx, d.tenant, false)
	if err != nil {
		return err
	}
	s, err := release.ReadRoot(standing.Root)
	if err != nil {
		return err
	}
	printRoot(d, s)
	return nil
}

func readRequest(file string) (release.Request, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return release.Request{}, err
	}
	return release.ParseRequest(text)
}

func printRequest(d *desk, file string) error {
	q, err := readRequest(file)
	if err != nil {
		return err
	}
	s, err := q.Status()
	if err != nil {
		return err
	}
	if s.Root != nil {
		printRoot(d, *s.Root)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Roles)) {
		mark := "attend la signature de"
		if s.Roles[name].Signed {
			mark = "signé par"
		}
		fmt.Fprintf(d.out, "%s : %s %s\n", name, mark, strings.Join(s.Roles[name].Keys, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Server)) {
		fmt.Fprintf(d.out, "clé du serveur, %s : %s\n", name, strings.Join(s.Server[name], ", "))
	}
	printContact(d, s.Contact)
	return nil
}

func printContact(d *desk, c *release.Contact) {
	if c == nil {
		return
	}
	for _, address := range c.Servers {
		fmt.Fprintf(d.out, "adresse du serveur : %s\n", address)
	}
	for _, root := range c.Roots() {
		fmt.Fprintf(d.out, "autorité : %s\n", identity.FingerprintOf(root))
	}
}

func printRoot(d *desk, s release.RootStatus) {
	fmt.Fprintf(d.out, "racine %d, jusqu'au %s ; %d clés sur %d signent\n", s.Version, s.Expires.Format("02/01/2006"), s.Threshold, len(s.Keys))
	for _, id := range s.Keys {
		mark := ""
		if slices.Contains(s.Signed, id) {
			mark = "  a signé"
		}
		fmt.Fprintf(d.out, "  %s%s\n", id, mark)
	}
	for _, id := range s.Signed {
		if !slices.Contains(s.Keys, id) {
			fmt.Fprintf(d.out, "  %s  a signé, et part\n", id)
		}
	}
}
