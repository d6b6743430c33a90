package main

import (
	"bufio"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/provisioning/flash"
)

// confirm names the disks and what would be lost, and asks twice, in two
// ways: a habit answers one question, not two different ones.
func (c *flashCommand) confirm(d *desk, disks []flash.Disk) error {
	if c.Yes {
		return c.serials(disks)
	}
	for _, disk := range disks {
		fmt.Fprintf(d.out, "  %s  %s  %s  %s  n° %s\n      contient : %s\n", disk.Name, size(disk.Size), bus(disk.Bus), disk.Model, disk.Serial, contents(disk))
	}
	answers := bufio.NewScanner(d.in)
	fmt.Fprint(d.out, "Tout ce que contient ce qui précède sera perdu. Continuer ? Tapez oui : ")
	if !answers.Scan() || !strings.EqualFold(strings.TrimSpace(answers.Text()), "oui") {
		return errDeclined
	}
	fmt.Fprintf(d.out, "%s : ", secondQuestion(disks))
	if !answers.Scan() || strings.TrimSpace(answers.Text()) != secondAnswer(disks) {
		return errDeclined
	}
	return nil
}

func secondQuestion(disks []flash.Disk) string {
	if len(disks) == 1 {
		return "Pour confirmer la perte de « " + contents(disks[0]) + " », tapez le nom du disque"
	}
	return "Pour confirmer, tapez combien de disques vont être effacés"
}

func secondAnswer(disks []flash.Disk) string {
	if len(disks) == 1 {
		return disks[0].Name
	}
	return strconv.Itoa(len(disks))
}

// serials lets a script answer: it must know each disk by its number.
func (c *flashCommand) serials(disks []flash.Disk) error {
	var have []string
	for _, disk := range disks {
		have = append(have, disk.Serial)
	}
	if len(c.Serial) != len(disks) || slices.Contains(have, "") {
		return errMisused
	}
	if !slices.Equal(have, c.Serial) {
		return &flash.Error{Kind: flash.KindSwapped}
	}
	return nil
}
