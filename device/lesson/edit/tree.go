package edit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// tree is the files of a draft: its own texts, and the pictures, recordings
// and film that lie in the lesson's folder.
type tree struct {
	texts map[string][]byte
	media fs.FS
	names []string // of everything, sorted
}

// plant joins the texts with the media that keep holds.
func plant(texts map[string][]byte, media fs.FS, keep func(name string) bool) (*tree, error) {
	t := &tree{texts: texts, media: media}
	for name := range texts {
		t.names = append(t.names, name)
	}
	err := fs.WalkDir(media, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !d.Type().IsRegular() || !keep(name) {
			return err
		}
		t.names = append(t.names, name)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list files of a lesson: %w", withoutName(err))
	}
	slices.Sort(t.names)
	return t, nil
}

// Open implements [fs.FS].
func (t *tree) Open(name string) (fs.File, error) {
	if raw, ok := t.texts[name]; ok {
		return &file{bytes.NewReader(raw), stat{path.Base(name), int64(len(raw)), 0o444}}, nil
	}
	if _, found := slices.BinarySearch(t.names, name); !found {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return t.media.Open(name)
}

// ReadDir implements [fs.ReadDirFS].
func (t *tree) ReadDir(dir string) ([]fs.DirEntry, error) {
	var list []fs.DirEntry
	seen := map[string]bool{}
	for _, name := range t.names {
		rest, inside := strings.CutPrefix(name, dir+"/")
		if dir == "." {
			rest, inside = name, true
		}
		first, _, deeper := strings.Cut(rest, "/")
		if !inside || seen[first] {
			continue
		}
		seen[first] = true
		info, err := t.info(name, first, deeper)
		if err != nil {
			return nil, err
		}
		list = append(list, fs.FileInfoToDirEntry(info))
	}
	return list, nil
}

func (t *tree) info(name, base string, folder bool) (fs.FileInfo, error) {
	if folder {
		return stat{base, 0, fs.ModeDir | 0o555}, nil
	}
	if raw, ok := t.texts[name]; ok {
		return stat{base, int64(len(raw)), 0o444}, nil
	}
	return fs.Stat(t.media, name)
}

// Stat implements [fs.StatFS].
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	_, found := slices.BinarySearch(t.names, name)
	inside := slices.ContainsFunc(t.names, func(n string) bool { return name == "." || strings.HasPrefix(n, name+"/") })
	if !found && !inside && name != "." {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return t.info(name, path.Base(name), !found)
}

// file is a text that is not on the disk.
type file struct {
	*bytes.Reader
	stat stat
}

// Stat implements [fs.File].
func (f *file) Stat() (fs.FileInfo, error) { return f.stat, nil }

// Close implements [fs.File].
func (f *file) Close() error { return nil }

// stat is what there is to know of a text or a folder.
type stat struct {
	name string
	size int64
	mode fs.FileMode
}

// Name implements [fs.FileInfo].
func (s stat) Name() string { return s.name }

// Size implements [fs.FileInfo].
func (s stat) Size() int64 { return s.size }

// Mode implements [fs.FileInfo].
func (s stat) Mode() fs.FileMode { return s.mode }

// ModTime implements [fs.FileInfo].
func (s stat) ModTime() time.Time { return time.Time{} }

// IsDir implements [fs.FileInfo].
func (s stat) IsDir() bool { return s.mode.IsDir() }

// Sys implements [fs.FileInfo].
func (s stat) Sys() any { return nil }

// withoutName drops the path from an error: it may be somebody's words.
func withoutName(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
