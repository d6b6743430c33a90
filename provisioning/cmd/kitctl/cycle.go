package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/mallette-kit/mallette/device/lesson"
	"github.com/mallette-kit/mallette/device/lesson/check"
	"github.com/mallette-kit/mallette/device/lesson/cycle"
	"github.com/mallette-kit/mallette/fleet/admin"
)

type cycleCommands struct {
	Check    cycleCheck    `cmd:"" help:"Contrôle des cycles de leçons avant de les publier."`
	Publish  cyclePublish  `cmd:"" help:"Contrôle un cycle et le publie vers les postes."`
	Withdraw cycleWithdraw `cmd:"" help:"Retire un cycle publié."`
}

// errCycle says that a cycle cannot be published.
var errCycle = errors.New("cycle cannot be published")

type cycleCheck struct {
	Files   []string `arg:"" name:"cycle" help:"Fichiers de cycles (.json)."`
	Lessons []string `name:"lecon" help:"Dossiers ou zips des leçons du cycle : leur présence et leur contenu sont alors contrôlés aussi."`
}

// Run prints what is wrong with each cycle, and fails when one of them cannot
// be published.
func (c *cycleCheck) Run(d *desk) error {
	known, err := lessonsOf(c.Lessons)
	if err != nil {
		return err
	}
	var failed error
	for _, name := range c.Files {
		findings, err := checkCycle(name, known)
		if err != nil {
			return err
		}
		if !say(d, name, findings) {
			failed = errCycle
		}
	}
	return failed
}

// checkCycle reads a file and holds it to the gate of cycles.
func checkCycle(name string, known map[string]*lesson.Lesson) ([]check.Finding, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return check.Cycle(raw, known), nil
}

// say prints findings and reports whether the cycle can be published.
func say(d *desk, name string, findings []check.Finding) bool {
	ok := true
	for _, f := range findings {
		ok = ok && f.Severity != check.Publication
	}
	if ok {
		fmt.Fprintf(d.out, "%s : peut être publié\n", name)
	} else {
		fmt.Fprintf(d.out, "%s : ne peut pas être publié\n", name)
	}
	for _, f := range findings {
		fmt.Fprintf(d.out, "  %s : %s\n", stops(f.Severity), f.Text)
	}
	return ok
}

// lessonsOf reads packs; nil for none.
func lessonsOf(names []string) (map[string]*lesson.Lesson, error) {
	var known map[string]*lesson.Lesson
	for _, name := range names {
		files, done, err := lesson.OpenFiles(name)
		if err != nil {
			return nil, err
		}
		l, err := lesson.Read(files)
		done()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUnpublishable, err)
		}
		if known == nil {
			known = map[string]*lesson.Lesson{}
		}
		known[l.ID] = l
	}
	return known, nil
}

type cyclePublish struct {
	File string `arg:"" name:"cycle" help:"Fichier du cycle (.json)."`
}

// Run holds the cycle to the gate before it is published.
func (c *cyclePublish) Run(d *desk) error {
	findings, err := checkCycle(c.File, nil)
	if err != nil {
		return err
	}
	if !say(d, c.File, findings) {
		return errCycle
	}
	raw, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	read, err := cycle.Parse(raw)
	if err != nil {
		return err
	}
	return d.admin.PutCycle(d.ctx, d.tenant, admin.CycleOrder{ID: read.ID, Content: raw})
}

type cycleWithdraw struct {
	ID string `arg:"" name:"identifiant" help:"Identifiant du cycle."`
}

// Run withdraws a cycle from all stations.
func (c *cycleWithdraw) Run(d *desk) error {
	return d.admin.PutCycle(d.ctx, d.tenant, admin.CycleOrder{ID: c.ID})
}
