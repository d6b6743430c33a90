// Package e2e holds the stories that cross the whole system, told by its real
// programs: a station's launcher, passreader and agent against a real fleetd.
// It also holds the rules of the house: which folder may know which.
//
// It is never imported: everything in it is a test.
package e2e
