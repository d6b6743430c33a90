package slot

// Places calls at with every stretch of the partition that the file covers, in
// the file's order: what compares disks leaves those out that a station
// overwrites.
func (f *File) Places(at func(off, n int64)) {
	for _, r := range f.runs {
		at(r.at, r.n)
	}
}
