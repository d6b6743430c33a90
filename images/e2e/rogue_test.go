package e2e_test

import "github.com/rogpeppe/go-internal/testscript"

type rogue struct{}

func (r *rogue) close() {}

func aRogue(ts *testscript.TestScript, neg bool, args []string)   {}
func aDisk(ts *testscript.TestScript, neg bool, args []string)    {}
func theChaos(ts *testscript.TestScript, neg bool, args []string) {}
func theDemo(ts *testscript.TestScript, neg bool, args []string)  {}
