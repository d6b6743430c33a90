package debian

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// ErrArchive is wrapped by every error about the form of a package file.
var ErrArchive = errors.New("not a Debian package")

// File is one entry of a package: its cleaned path without a leading slash, and
// for links where they lead.
type File struct {
	Name, Link string
	Mode       int64
	Type       byte // as in archive/tar
	Size       int64
}

// Unpack reads the package file and calls each for every entry of its contents,
// in their order. The reader is only good during the call. Owners and times are
// left out: an image sets its own.
func Unpack(file string, each func(File, io.Reader) error) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	defer f.Close()
	if err := Read(f, each); err != nil {
		return fmt.Errorf("unpack %s: %w", path.Base(file), err)
	}
	return nil
}

// Read is Unpack for a package that is already open.
func Read(r io.Reader, each func(File, io.Reader) error) error {
	data, err := member(bufio.NewReaderSize(r, 1<<16), "data.tar")
	if err != nil {
		return err
	}
	t := tar.NewReader(data)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrArchive, err)
		}
		if err := each(entry(h), t); err != nil {
			return err
		}
	}
}

func entry(h *tar.Header) File {
	name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
	link := h.Linkname
	if h.Typeflag == tar.TypeLink {
		link = strings.TrimPrefix(path.Clean("/"+h.Linkname), "/")
	}
	return File{Name: name, Link: link, Mode: h.Mode & 0o7777, Type: h.Typeflag, Size: h.Size}
}

// member finds a member of an ar archive by the beginning of its name, and opens
// its compression.
func member(r *bufio.Reader, prefix string) (io.Reader, error) {
	magic := make([]byte, 8)
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != "!<arch>\n" {
		return nil, fmt.Errorf("%w: no ar archive", ErrArchive)
	}
	head := make([]byte, 60)
	for {
		if _, err := io.ReadFull(r, head); err != nil {
			return nil, fmt.Errorf("%w: no %s", ErrArchive, prefix)
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(head[48:58])), 10, 64)
		if err != nil || size < 0 || string(head[58:]) != "`\n" {
			return nil, fmt.Errorf("%w: ar header", ErrArchive)
		}
		name := strings.TrimRight(string(head[:16]), " /")
		if strings.HasPrefix(name, prefix) {
			return decompress(io.LimitReader(r, size), path.Ext(name))
		}
		if _, err := io.CopyN(io.Discard, r, size+size%2); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrArchive, err)
		}
	}
}

func decompress(r io.Reader, ext string) (io.Reader, error) {
	switch ext {
	case ".xz":
		return xz.NewReader(r)
	case ".zst":
		return zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	case ".gz":
		return gzip.NewReader(r)
	case ".tar":
		return r, nil
	}
	return nil, fmt.Errorf("%w: compression %s", ErrArchive, ext)
}
