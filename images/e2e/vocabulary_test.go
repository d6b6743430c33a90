package e2e_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

type command = func(ts *testscript.TestScript, neg bool, args []string)

// vocabulary is what a story can say. Each word is somebody or something that
// acts: the fleet server, a station, its line, its mediator, a learner, a
// person in the office (console), somebody who means harm (rogue).
func vocabulary() map[string]command {
	return map[string]command{
		"fleet":    theFleet,
		"station":  aStation,
		"power":    thePower,
		"line":     aLine,
		"mediator": aMediator,
		"learner":  aLearner,
		"office":   theOffice,
		"mint":     theMint,
		"rogue":    aRogue,
		"disk":     aDisk,
		"chaos":    theChaos,
		"demo":     theDemo,
		"said":     itSaid,
	}
}

// act runs what a word does, by the verb that follows it.
func act(ts *testscript.TestScript, neg bool, who string, args []string, verbs map[string]func([]string) error) {
	if len(args) == 0 {
		ts.Fatalf("%s does what?", who)
	}
	do, ok := verbs[args[0]]
	if !ok {
		ts.Fatalf("%s cannot %q", who, args[0])
	}
	wanted(ts, neg, do(args[1:]))
}

func nothing(do func() error) func([]string) error {
	return func(args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("%v: nothing more is expected", args)
		}
		return do()
	}
}

// theFleet: start, stop, kill, backup NAME, restore NAME.
func theFleet(ts *testscript.TestScript, neg bool, args []string) {
	s, ctx := of(ts), context.Background()
	act(ts, neg, "fleet", args, map[string]func([]string) error{
		"start": nothing(func() error { return s.startFleet(ctx) }),
		"stop":  nothing(func() error { return s.fleet.Stop(ctx) }),
		"kill":  nothing(func() error { s.fleet.Kill(); return nil }),
		"backup": func(args []string) error {
			_, err := s.fleet.Command(ctx, "backup", ts.MkAbs(strings.Join(args, "-")+".backup"))
			return err
		},
		"ages":    func(args []string) error { return s.ageFleet(ctx, args[0]) },
		"restore": func(args []string) error { return s.restoreFleet(ctx, ts.MkAbs(strings.Join(args, "-")+".backup")) },
	})
}

// itSaid fails unless the program said the words: said fleetd 'message quarantined'.
func itSaid(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	if neg {
		if s.said.has(args[0], args[1]) {
			ts.Fatalf("%s said %q", args[0], args[1])
		}
		return
	}
	s.eventually(ts, func() error {
		if !s.said.has(args[0], args[1]) {
			return fmt.Errorf("%s never said %q", args[0], args[1])
		}
		return nil
	})
}
