// Command image makes the disk images that stations run from.
//
//	image build [--only pc|pi|virt] [--release NAME] [--no-firmware] [--no-userland] [--refresh]
//	image parts [--release NAME] [--no-firmware] [--no-userland] [--refresh]
//	image lock
//	image check-reproducible
//
// It is what `make image` and `make lock` call. It needs no root rights, writes
// below build/ (and, for lock, the lock files), and installs nothing. "image gok"
// is the same program being gok, in a process of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/mallette-kit/mallette/images/build/debian"
	"github.com/mallette-kit/mallette/images/build/gokrazy"
)

type flags struct {
	Repository string `help:"Root of the repository." default:"." type:"existingdir"`

	Build             buildFlags        `cmd:"" help:"Make the images, in build/images."`
	Parts             partsFlags        `cmd:"" help:"Make only what a release for PCs is made of, in build/images/parts."`
	CheckReproducible reproducibleFlags `cmd:"" help:"Build this commit twice, in two places, and compare."`

	Lock lockFlags `cmd:"" help:"Move the locks to the newest Debian packages and say what changes."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, explained(err))
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	if len(args) > 0 && args[0] == "gok" {
		return gokrazy.Serve(ctx, args[1:])
	}
	var f flags
	parser, err := kong.New(&f, kong.Name("image"), kong.Writers(out, log), kong.Description("Makes the disk images that stations run from."))
	if err != nil {
		return fmt.Errorf("read flags: %w", err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("read flags: %w", err)
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(out, (*io.Writer)(nil))
	return command.Run(&f, slog.New(slog.NewTextHandler(log, nil)))
}

// explained says what a technician can do about an error.
func explained(err error) string {
	var gone *debian.GoneError
	if errors.As(err, &gone) {
		return "image : des paquets figés ne sont plus sur le miroir de Debian. `make lock` prend les plus récents et montre la différence.\n" + err.Error()
	}
	return "image : " + err.Error()
}
