// Command bench prints what Mallette costs and how well it does, beside the
// systems it is compared with, all on this machine and in one run:
//
//	name value unit beside ratio verdict
//
// A figure is the median of several runs where the measure says so; beside is
// the same measure of the other system, and the verdict holds the figure to its
// budget. A budget missed is printed and explained in images/README.md; it is
// no failure of the command, which fails only when something cannot be measured
// or when a promise is broken (an acknowledged message that was lost).
//
// It works in a folder that it deletes, on free ports of loopback, and stops
// every program that it started. It never touches the data of a demonstration.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// limit bounds a whole run, on a slow and busy machine.
const limit = time.Hour

func main() {
	only := flag.String("only", "", "measure only sections whose title matches this regular `expression`")
	flag.Parse()
	if err := run(*only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(only string) error {
	chosen, err := regexp.Compile("(?i)" + only)
	if err != nil {
		return fmt.Errorf("read --only: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errors.New("not done within an hour"))
	defer cancel()
	list := choose(sections(), chosen)
	if err := equipped(list); err != nil {
		return err
	}
	return measure(ctx, list)
}

func choose(all []section, chosen *regexp.Regexp) (list []section) {
	for _, s := range all {
		if chosen.MatchString(s.title) {
			list = append(list, s)
		}
	}
	return list
}

// measure goes on after a section that cannot be measured, so that one broken
// comparison does not hide the other figures.
func measure(ctx context.Context, list []section) error {
	s, err := openStand()
	if err != nil {
		return err
	}
	defer s.close()
	var missed []string
	for _, section := range list {
		fmt.Printf("\n# %s\n", section.title)
		if err := section.print(ctx, s); err != nil {
			fmt.Printf("not measured: %v\n", err)
			missed = append(missed, section.title)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("not measured: %s", strings.Join(missed, "; "))
	}
	return nil
}
