package main

import (
	"fmt"

	"github.com/mallette-kit/mallette/device/scan"
)

type scanCommand struct {
	Files []string `arg:"" name:"fichier" help:"Images PNG ou JPEG."`
}

// Run prints a line for every code of every picture, and fails when one of
// them gave none. It reads all of them first: the others still count.
func (c *scanCommand) Run(d *desk) error {
	var failed error
	for _, file := range c.Files {
		codes, err := scan.File(d.ctx, file)
		if err != nil {
			failed = errUnread
			continue
		}
		for _, code := range codes {
			fmt.Fprintf(d.out, "%s\t%s\n", file, code)
		}
	}
	return failed
}
