package lesson

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// pack is the files of one lesson, wherever they are, and what reading them
// has cost so far.
type pack struct {
	files  fs.FS
	names  []string // plain files, sorted
	memory int      // bytes read into memory
	media  func(name string) (io.ReadSeekCloser, error)
	whole  func() (fs.FS, func(), error) // opens all files again
}

// kinds of file a pack may hold, with the media type of those a browser sees.
func fileKinds() map[string]string {
	return map[string]string{
		".yaml": "", ".md": "", ".txt": "",
		".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp",
		".webm": "video/webm", ".mp4": "video/mp4", ".vtt": "text/vtt",
		".ogg": "audio/ogg", ".opus": "audio/ogg", ".mp3": "audio/mpeg",
	}
}

// list walks the pack once and refuses what no lesson needs.
func (p *pack) list() error {
	err := fs.WalkDir(p.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("walk pack: %w", err)
		}
		if d.IsDir() {
			return nil
		}
		p.names = append(p.names, name)
		return checkEntry(name, d, len(p.names))
	})
	slices.Sort(p.names)
	return err
}

func checkEntry(name string, d fs.DirEntry, n int) error {
	if n > maxFiles {
		return fmt.Errorf("number of files: %w", ErrTooLarge)
	}
	if !d.Type().IsRegular() || !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") || len(name) > 200 {
		return ErrPath
	}
	if _, ok := fileKinds()[path.Ext(name)]; !ok {
		return fmt.Errorf("kind of file: %w", ErrActive)
	}
	return nil
}

// read returns a whole file, and refuses one over most bytes.
func (p *pack) read(name string, most int) ([]byte, error) {
	if !slices.Contains(p.names, name) {
		return nil, ErrMissing
	}
	f, err := p.files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open file of pack: %w", plain(err))
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("read file of pack: %w", plain(err))
	}
	p.memory += len(raw)
	if len(raw) > most || p.memory > maxMemory {
		return nil, ErrTooLarge
	}
	return raw, nil
}

// plain drops the name from a path error: it is the pack's own text.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// sum is the sha256 over the sorted names and contents: the same for a folder
// and a zip.
func (p *pack) sum() (string, error) {
	whole := sha256.New()
	for _, name := range p.names {
		if err := p.sumFile(whole, name); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(whole.Sum(nil)), nil
}

func (p *pack) sumFile(whole hash.Hash, name string) error {
	f, err := p.files.Open(name)
	if err != nil {
		return fmt.Errorf("open file of pack: %w", plain(err))
	}
	defer f.Close()
	one := sha256.New()
	n, err := io.Copy(one, io.LimitReader(f, maxMedia+1))
	if err != nil {
		return fmt.Errorf("read file of pack: %w", plain(err))
	}
	if n > maxMedia {
		return ErrTooLarge
	}
	fmt.Fprintf(whole, "%x %s\n", one.Sum(nil), name)
	return nil
}
