package release

import (
	"fmt"
	"io"
)

// Opener opens a part of a release, which the caller closes ([Repository.OpenBlob]).
type Opener func(Part) (io.ReadCloser, error)

// Fetched returns how many bytes a station brings for the release at most when it
// runs old, by the way that it takes itself (device/update). The zero Base is a
// release that the fleet does not list: all travels, as it does where a part that
// tells what is shared cannot be read.
func (b Base) Fetched(old Base, open Opener) int64 {
	n := b.Bundle.fetched(old.Verity.Hash, old.Index, open)
	switch u := b.Userland; {
	case u == nil:
		return n
	case old.Userland == nil:
		return n + u.fetched("", Part{}, open)
	case old.Userland.Root == u.Root:
		return n
	default:
		return n + u.fetched(old.Userland.Root, old.Userland.Index, open)
	}
}

func (b Bundle) fetched(of string, index Part, open Opener) int64 {
	way := Ancestor{Of: of, Index: index}
	for _, a := range b.From {
		if a.Of == of {
			way = a
		}
	}
	n, err := way.weight(b, open)
	if err != nil {
		return b.Index.Size + b.Pack.Size
	}
	return n
}

// weight is what all travels of a way to a bundle.
func (a Ancestor) weight(b Bundle, open Opener) (int64, error) {
	from, err := readPart(open, a.Index, ParseIndex)
	if err != nil {
		return 0, err
	}
	to, err := readPart(open, b.Index, ParseIndex)
	if err != nil {
		return 0, err
	}
	var patches Patches
	if a.Patches != (Part{}) {
		if patches, err = readPart(open, a.Patches, ParsePatches); err != nil {
			return 0, err
		}
	}
	return b.Index.Size + a.Index.Size + a.Patches.Size + to.beyond(from, patches), nil
}

// beyond is the packed size of the patches, and of the chunks that neither they
// nor the old files make.
func (x Index) beyond(old Index, patches Patches) (n int64) {
	have := map[Sum]bool{}
	for _, c := range old {
		for _, chunk := range c.Chunks {
			have[chunk.Sum] = true
		}
	}
	for _, p := range patches {
		n += p.Packed
	}
	for _, c := range x {
		at := int64(0)
		for _, chunk := range c.Chunks {
			if !have[chunk.Sum] && !patches.make(c.Name, at) {
				n += chunk.Packed
				have[chunk.Sum] = true
			}
			at += chunk.Size
		}
	}
	return n
}

// make reports whether a patch makes what is at a place.
func (p Patches) make(name string, at int64) bool {
	for _, one := range p {
		if one.Name == name && one.At <= at && at < one.At+one.Size {
			return true
		}
	}
	return false
}

func readPart[T any](open Opener, p Part, parse func([]byte) (T, error)) (read T, err error) {
	f, err := open(p)
	if err != nil {
		return read, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxIndex))
	if err != nil {
		return read, fmt.Errorf("read part of a release: %w", err)
	}
	return parse(text)
}
