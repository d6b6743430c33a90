package main

import "runtime/debug"

// memory is what the garbage collector aims at; a limit it may go over. With
// 20 MiB, pages of lessons cost twice the processor time.
const memory = 24 << 20

// beFrugal leaves the machine's memory to the browser.
func beFrugal() { debug.SetMemoryLimit(memory) }

// giveBack returns what reading words, pages and lessons took: twice what
// stays of it.
func giveBack() { debug.FreeOSMemory() }
