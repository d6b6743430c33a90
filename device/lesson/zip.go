package lesson

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

const (
	maxDirectory = 256 << 10 // bytes of a zip's list of files
	maxRatio     = 200       // how much a file may grow when it is unpacked
)

// openZip reads a zip without unpacking it. The caller calls the returned
// function when it has read what it needs.
func openZip(name string) (*pack, func(), error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("open zip: %w", plain(err))
	}
	zr, err := readZip(f)
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	p := &pack{files: zr, media: func(entry string) (io.ReadSeekCloser, error) { return openMedia(name, entry) }}
	p.whole = func() (fs.FS, func(), error) { return OpenFiles(name) }
	return p, func() { _ = f.Close() }, nil
}

func readZip(f *os.File) (*zip.Reader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("stat zip: %w", plain(err))
	}
	if !info.Mode().IsRegular() {
		return nil, ErrPath
	}
	return readArchive(f, info.Size())
}

// readArchive reads the list of files of a zip and refuses it before anything
// is unpacked when a name, a size or a ratio is not a lesson's.
func readArchive(r io.ReaderAt, size int64) (*zip.Reader, error) {
	if size > maxArchive {
		return nil, fmt.Errorf("zip: %w", ErrTooLarge)
	}
	if err := checkDirectory(r, size); err != nil {
		return nil, err
	}
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("zip: %w", ErrFormat)
	}
	if len(zr.File) > maxFiles {
		return nil, fmt.Errorf("zip: %w", ErrTooLarge)
	}
	return zr, checkEntries(zr.File)
}

// checkDirectory bounds the list of files before the standard library reads it
// into memory. The larger zip64 form has no use in a lesson.
func checkDirectory(r io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, 22+1<<16))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return fmt.Errorf("read zip: %w", plain(err))
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < 22 {
		return fmt.Errorf("zip: %w", ErrFormat)
	}
	end := tail[at:]
	length, offset := binary.LittleEndian.Uint32(end[12:]), binary.LittleEndian.Uint32(end[16:])
	where := size - int64(len(tail)) + int64(at)
	if length > maxDirectory || where-int64(offset) > maxDirectory || where < int64(offset) {
		return fmt.Errorf("zip: %w", ErrTooLarge)
	}
	return nil
}

func checkEntries(entries []*zip.File) error {
	seen := map[string]bool{}
	for _, e := range entries {
		if e.FileInfo().IsDir() {
			continue
		}
		if seen[e.Name] || !e.Mode().IsRegular() || path.Clean("/"+e.Name) != "/"+e.Name {
			return fmt.Errorf("zip: %w", ErrPath)
		}
		seen[e.Name] = true
		if err := checkSize(e); err != nil {
			return fmt.Errorf("zip: %w", err)
		}
	}
	return nil
}

func checkSize(e *zip.File) error {
	if e.UncompressedSize64 > maxMedia || e.UncompressedSize64 > 4096+maxRatio*e.CompressedSize64 {
		return ErrTooLarge
	}
	if isMedia(e.Name) && e.Method != zip.Store {
		return fmt.Errorf("media is compressed: %w", ErrFormat)
	}
	return nil
}

func isVideo(name string) bool { return slices.Contains([]string{".webm", ".mp4"}, path.Ext(name)) }

// isMedia says whether a browser jumps about in a file.
func isMedia(name string) bool {
	return isVideo(name) || slices.Contains(audioEndings(), path.Ext(name))
}

// media is an entry of a zip that a browser may jump about in.
type media struct {
	io.ReadSeeker
	io.Closer
}

// openMedia reads a video where it lies in the zip, and the small text of its
// captions from memory.
func openMedia(name, entry string) (io.ReadSeekCloser, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open zip: %w", plain(err))
	}
	content, err := seekable(f, entry)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return media{content, f}, nil
}

func seekable(f *os.File, entry string) (io.ReadSeeker, error) {
	zr, err := readZip(f)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(zr.File, func(e *zip.File) bool { return e.Name == entry })
	if i < 0 {
		return nil, ErrMissing
	}
	if zr.File[i].Method != zip.Store {
		raw, err := (&pack{files: zr, names: []string{entry}}).read(entry, maxText)
		return bytes.NewReader(raw), err
	}
	at, err := zr.File[i].DataOffset()
	if err != nil {
		return nil, fmt.Errorf("zip: %w", ErrFormat)
	}
	return io.NewSectionReader(f, at, int64(zr.File[i].UncompressedSize64)), nil
}
