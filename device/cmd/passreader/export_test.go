package main

// ErrNoLandlock is a kernel without Landlock.
var ErrNoLandlock = errNoLandlock

// Wall restricts the calling thread to reading beneath dir.
func Wall(dir string) error {
	var w wall
	w.allow(dir, mayRead)
	return w.close()
}
