package build

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// errZones says that the compiler brought no civil times along.
var errZones = errors.New("no time zones beside the compiler")

// zones writes the civil times of all places to where programs look for them. A
// program that carried them itself would be half a megabyte larger, each.
func (b *Builder) zones(ctx context.Context, tree string) error {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find compiler: %w", err)
	}
	z, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(out)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return errors.Join(errZones, err)
	}
	defer z.Close()
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") || !filepath.IsLocal(f.Name) {
			continue
		}
		if err := zone(f, filepath.Join(tree, "usr", "share", "zoneinfo", f.Name)); err != nil {
			return fmt.Errorf("write time zone: %w", err)
		}
	}
	return nil
}

func zone(f *zip.File, to string) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	content, err := io.ReadAll(r)
	return errors.Join(err, r.Close(), write(to, content, 0o444))
}
