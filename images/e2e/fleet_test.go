package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/images/stage"
	"github.com/mallette-kit/mallette/images/visitor"
)

// startFleet starts the server, which is made and filled the first time.
func (s *story) startFleet(ctx context.Context) error {
	if !s.fleet.Exists() {
		password, err := s.fleet.Init(ctx, stage.Tenant, "Démonstration")
		if err != nil {
			return err
		}
		s.console = &console{&visitor.Office{Password: strings.TrimSpace(password)}}
		s.said.never("the console's password", s.console.Password)
		s.said.never("the PIN", stage.PIN)
	}
	if err := s.fleet.Start(ctx); err != nil {
		return err
	}
	if s.console.Visitor == nil {
		s.console.Visitor = visitor.New("http://" + s.fleet.Console)
	}
	if s.seeded != (stage.Seeded{}) {
		return nil
	}
	// A month ahead, so that the passes of the story are those of a year that
	// is not about to end.
	seeded, err := stage.Seed(ctx, s.fleet.Admin(), time.Now().AddDate(0, 1, 0))
	s.seeded = seeded
	return err
}

// ageFleet lets days go by for what the server has received, as if the month
// were over: nothing else of it changes.
func (s *story) ageFleet(ctx context.Context, days string) error {
	if err := s.fleet.Stop(ctx); err != nil {
		return err
	}
	sql := "UPDATE validations SET received_at = received_at - 86400000 * " + days
	if _, err := output("sqlite3", filepath.Join(s.fleet.Data, "fleet.db"), sql); err != nil {
		return err
	}
	return s.fleet.Start(ctx)
}

// restoreFleet puts a backup in the place of the server's data, as after the
// loss of a disk.
func (s *story) restoreFleet(ctx context.Context, backup string) error {
	if err := s.fleet.Stop(ctx); err != nil {
		return err
	}
	if err := os.Rename(s.fleet.Data, s.fleet.Data+".lost"); err != nil {
		return err
	}
	if said, err := s.fleet.Command(ctx, "restore", backup); err != nil {
		return fmt.Errorf("%w: %s", err, said)
	}
	return s.fleet.Start(ctx)
}
