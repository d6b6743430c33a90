package slot

import (
	"errors"
	"fmt"
	"io"
)

// File is a file of the boot partition whose place and length never change. It
// implements [io.ReaderAt] and [io.WriterAt].
type File struct {
	dev  Device
	runs []run
	size int64
}

// run is a stretch of a file that lies in one piece.
type run struct{ at, n int64 }

func extend(runs []run, at, n int64) []run {
	if last := len(runs) - 1; last >= 0 && runs[last].at+runs[last].n == at {
		runs[last].n += n
		return runs
	}
	return append(runs, run{at, n})
}

func length(runs []run) (n int64) {
	for _, r := range runs {
		n += r.n
	}
	return n
}

// Size returns the length of the file.
func (f *File) Size() int64 { return f.size }

// Sync returns when what was written is on the disk.
func (f *File) Sync() error { return f.dev.Sync() }

// ReadAt implements [io.ReaderAt].
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= f.size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), f.size-off)
	n, err := f.each(p[:want], off, f.dev.ReadAt)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// WriteAt implements [io.WriterAt]; what does not fit is [ErrTooLong] and
// nothing is written.
func (f *File) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || int64(len(p)) > f.size-off {
		return 0, ErrTooLong
	}
	return f.each(p, off, f.dev.WriteAt)
}

// each moves p piece by piece.
func (f *File) each(p []byte, off int64, move func([]byte, int64) (int, error)) (done int, err error) {
	for _, r := range f.runs {
		if off >= r.n {
			off -= r.n
			continue
		}
		part := p[done:min(len(p), done+int(r.n-off))]
		n, err := move(part, r.at+off)
		done += n
		if err != nil && !(errors.Is(err, io.EOF) && n == len(part)) {
			return done, fmt.Errorf("boot file: %w", err)
		}
		if off = 0; done == len(p) {
			break
		}
	}
	return done, nil
}

// section is a stretch of a device.
type section struct {
	Device
	off, size int64
}

// Section returns a partition of a disk or of its image as a device of its own.
func Section(disk Device, off, size int64) Device { return section{disk, off, size} }

// ReadAt implements [io.ReaderAt].
func (s section) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= s.size {
		return 0, io.EOF
	}
	if int64(len(p)) <= s.size-off {
		return s.Device.ReadAt(p, s.off+off)
	}
	n, err := s.Device.ReadAt(p[:s.size-off], s.off+off)
	if err == nil {
		err = io.EOF
	}
	return n, err
}

// WriteAt implements [io.WriterAt].
func (s section) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || int64(len(p)) > s.size-off {
		return 0, ErrTooLong
	}
	return s.Device.WriteAt(p, s.off+off)
}
