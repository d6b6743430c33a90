// Package stage puts the real programs of the system on one machine: a fleet
// server, stations, and the line between them, which a story can cut. The
// demonstration and the end-to-end tests use it.
//
// It never imitates a program: it starts the binaries of build/bin and speaks
// to them as people and machines do.
package stage
