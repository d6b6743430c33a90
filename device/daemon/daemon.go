// Package daemon is how the programs of a station begin and end: a command line
// whose flags have variables too, a log, a signal that stops them, and a status
// after which gokrazy's supervisor starts them again.
//
// It knows nothing of what a program does and opens nothing. The agent goes
// without it: a file of 16 MB at most has no room for the parser.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// ErrNotNeeded is what a program ends with where there is nothing for it to do:
// the supervisor does not start it again.
var ErrNotNeeded = errors.New("nothing to do here")

// Program is a program of a station. Words, which may be nil, returns what a
// person at a terminal reads of an error, "" for those that it does not know.
type Program struct {
	Name  string
	About string
	Vars  kong.Vars // that the flags' defaults name
	Words func(error) string
}

// Main runs a program until it ends or a signal stops it, and exits: with 1, also
// after no error, because the supervisor takes 0 for "stopped for good", and with
// 0 after [ErrNotNeeded] alone.
func (p Program) Main(run func(ctx context.Context, args []string, out, log io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(p.status(err, os.Stderr))
}

func (p Program) status(err error, complaints io.Writer) int {
	switch {
	case errors.Is(err, ErrNotNeeded):
		return 0
	case err != nil && !errors.Is(err, context.Canceled):
		fmt.Fprintln(complaints, p.sentence(err))
	}
	return 1
}

func (p Program) sentence(err error) string {
	if p.Words != nil {
		if said := p.Words(err); said != "" {
			return said
		}
	}
	return fmt.Sprintf("%s: %v", p.Name, err)
}

// Parse reads a command line into flags, a pointer to a struct in kong's form, and
// returns the program's log.
func (p Program) Parse(flags any, version string, args []string, out, log io.Writer) (*slog.Logger, error) {
	vars := kong.Vars{"version": version}
	maps.Copy(vars, p.Vars)
	parser, err := kong.New(flags, kong.Name(p.Name), kong.Description(p.About), kong.Writers(out, log), vars)
	if err == nil {
		_, err = parser.Parse(args)
	}
	if err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	return slog.New(slog.NewTextHandler(log, nil)).With("program", p.Name), nil
}
