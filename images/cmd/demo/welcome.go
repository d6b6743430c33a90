package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/mallette-kit/mallette/fleet/admin"
	"github.com/mallette-kit/mallette/images/stage"
)

// papers prints the specimen carnets and the mediator card once.
func (d *demo) papers(ctx context.Context) error {
	carnets := admin.Printing{Tenant: stage.Tenant, Issuer: d.seeded.Issuer, Batch: d.seeded.Batch, From: 1, To: stage.Carnets}
	card := admin.Printing{Tenant: stage.Tenant, Card: d.seeded.Card}
	for name, q := range map[string]admin.Printing{"specimen": carnets, "carte-mediateur": card} {
		for _, format := range []admin.Format{admin.PDF, admin.HTML} {
			q.Format = format
			if err := d.print(ctx, name+"."+string(format), q); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *demo) print(ctx context.Context, name string, q admin.Printing) error {
	path := filepath.Join(d.dir, name)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	paper, err := d.fleet.Admin().Print(ctx, q)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", paper, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// welcome says where everything is.
func (d *demo) welcome() {
	password, _ := os.ReadFile(d.passwordFile())
	fmt.Fprintf(d.log.out, `
  DÉMONSTRATION : tout est inventé, rien n'a de valeur.

  Kiosque                %s
  Mode médiateur         %smediateur   carte %s, ou code %s
  Console                http://%s/   identifiant admin, mot de passe %s (à changer à la première connexion)
  Pass à imprimer        %s (aussi en .html)
  Appareil photo         %s   déposez-y l'image d'un pass ou de la carte
  Douchette              %s   echo CODE > ce fichier
  Mesures                http://%s/metrics

  Ctrl-C arrête tout ; make run reprend au même point ; make clean efface tout.

`, d.station.Kiosk(), d.station.Kiosk(), filepath.Join(d.dir, "carte-mediateur.pdf"), stage.PIN,
		d.fleet.Console, strings.TrimSpace(string(password)), filepath.Join(d.dir, "specimen.pdf"),
		d.station.Camera(), d.station.Scanner(), d.fleet.Metrics)
}

// ribbon prints what programs say, each line behind its program's name.
type ribbon struct {
	mu  sync.Mutex
	out io.Writer
}

// of returns where a program speaks.
func (r *ribbon) of(program string) io.Writer { return &strand{ribbon: r, name: program} }

type strand struct {
	*ribbon
	name string
	rest []byte
}

// Write implements io.Writer; a line is printed when it is complete.
func (s *strand) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest = append(s.rest, p...)
	for {
		line, rest, ok := bytes.Cut(s.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		fmt.Fprintf(s.out, "%-10s │ %s\n", s.name, line)
		s.rest = rest
	}
}
