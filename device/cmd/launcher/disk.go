package main

import "syscall"

// fewBytes is when somebody should be told that the disk fills up.
const fewBytes = 64 << 20

// full reports whether the data directory's disk has little room left. One
// that cannot be asked is not called full.
func (s *station) full() bool {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(s.p.Data, &disk); err != nil {
		return false
	}
	return disk.Bavail*uint64(disk.Bsize) < fewBytes
}
