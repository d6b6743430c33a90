package main

import (
	"os"
)

// stand is what sections share: a folder that goes away, with the programs as
// a release builds them.
type stand struct {
	dir   string
	month []figure // see idleMonth
}

func openStand() (*stand, error) {
	dir, err := os.MkdirTemp("", "mallette-bench-")
	if err != nil {
		return nil, err
	}
	return &stand{dir: dir}, nil
}

func (s *stand) close() { _ = os.RemoveAll(s.dir) }

// room is a new folder below the stand's.
func (s *stand) room(name string) (string, error) { return os.MkdirTemp(s.dir, name+"-") }
