package main

import "runtime/debug"

const (
	memory  = 20 << 20 // what the garbage collector aims at; a limit it may go over
	garbage = 50       // per cent of what is in use that may wait to be collected
)

// beFrugal leaves the machine's memory to the browser.
func beFrugal() {
	debug.SetMemoryLimit(memory)
	debug.SetGCPercent(garbage)
}

// giveBack returns what reading words, pages and lessons took: twice what
// stays of it.
func giveBack() { debug.FreeOSMemory() }
