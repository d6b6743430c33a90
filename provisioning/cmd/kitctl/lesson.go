package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson/check"
)

type lessonCommands struct {
	Check    lessonCheck    `cmd:"" help:"Contrôle la qualité de leçons avant de les publier."`
	Import   lessonImport   `cmd:"" help:"Fait un livre d'un fichier ZIM, ou des leçons d'une aide Mallard."`
	Pack     lessonPack     `cmd:"" help:"Fait d'une leçon un paquet, toujours le même pour le même contenu."`
	Publish  lessonPublish  `cmd:"" help:"Contrôle des leçons et les publie vers les postes."`
	List     lessonList     `cmd:"" help:"Liste les leçons publiées."`
	Withdraw lessonWithdraw `cmd:"" help:"Retire une leçon des postes."`
}

type lessonCheck struct {
	Packs      []string `arg:"" name:"leçon" help:"Dossiers ou zips, un par leçon."`
	Accessible bool     `help:"Échoue aussi pour ce qui empêche de dire la leçon accessible."`
	JSON       bool     `help:"Écrit les rapports en JSON, pour un autre programme."`
}

// errUnpublishable says that a lesson cannot be published, errInaccessible that
// it cannot be called accessible.
var (
	errUnpublishable = errors.New("lesson cannot be published")
	errInaccessible  = errors.New("lesson cannot be called accessible")
)

// Run prints a report for every lesson, and fails when one of them may not be
// published. It checks all of them first: the others still count.
func (c *lessonCheck) Run(d *desk) error {
	reports := make([]check.Report, 0, len(c.Packs))
	var failed error
	for _, name := range c.Packs {
		r, err := check.Pack(name)
		if err != nil {
			return err
		}
		reports = append(reports, r)
		failed = c.worse(failed, r)
	}
	if err := c.print(d, reports); err != nil {
		return err
	}
	return failed
}

// worse is what the command fails for, knowing one report more.
func (c *lessonCheck) worse(failed error, r check.Report) error {
	switch {
	case !r.Publishable():
		return errUnpublishable
	case failed == nil && c.Accessible && !r.Accessible():
		return errInaccessible
	}
	return failed
}

func (c *lessonCheck) print(d *desk, reports []check.Report) error {
	if c.JSON {
		enc := json.NewEncoder(d.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(verdicts(reports))
	}
	for _, r := range reports {
		fmt.Fprintf(d.out, "%s : %s\n", r.Pack, verdict(r))
		for _, f := range r.Findings {
			fmt.Fprintf(d.out, "  %s%s : %s\n", stops(f.Severity), where(f), f.Text)
		}
	}
	return nil
}

// judged is a report with its two answers, for other programs.
type judged struct {
	check.Report
	Publishable bool `json:"publishable"`
	Accessible  bool `json:"accessible"`
}

func verdicts(reports []check.Report) []judged {
	all := make([]judged, 0, len(reports))
	for _, r := range reports {
		all = append(all, judged{r, r.Publishable(), r.Accessible()})
	}
	return all
}

func verdict(r check.Report) string {
	switch {
	case !r.Publishable():
		return "ne peut pas être publiée"
	case !r.Accessible():
		return "peut être publiée, pas comme accessible"
	}
	return "peut être publiée comme accessible"
}

func stops(s check.Severity) string {
	switch s {
	case check.Publication:
		return "empêche de publier"
	case check.Accessible:
		return "empêche de dire accessible"
	}
	return "conseil"
}

// where is the place of a finding: " · etapes/2.md, ligne 7 (étape 2)".
func where(f check.Finding) string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(" · " + f.File)
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, ", ligne %d", f.Line)
	}
	if f.Step > 0 {
		fmt.Fprintf(&b, " (étape %d)", f.Step)
	}
	return b.String()
}
