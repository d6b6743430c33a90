package book

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/lesson/zim"
)

// zimExt ends the name of what a book is made of.
const zimExt = ".zim"

// StickDir is the folder of a stick where books are looked for, besides its top.
const StickDir = "mallette-livres"

// maxOffers bounds the files of a stick that are looked into.
const maxOffers = 40

// Offer is a file from which a book can be brought, as it says of itself:
// nothing of it was verified.
type Offer struct {
	Name string // below the folder that was looked at, slash-separated
	Meta Meta
	Size int64 // of the file
	Need int64 // bytes that the book may need here
	Err  error // why it cannot be one; the rest is empty
}

// Offers lists what a folder such as a stick has: ZIM files and books that were
// made elsewhere.
func (im Importer) Offers(dir string) []Offer {
	var list []Offer
	for _, folder := range []string{".", StickDir} {
		entries, _ := os.ReadDir(filepath.Join(dir, folder)) // no such folder, no such offer
		for _, e := range entries {
			if len(list) < maxOffers && e.Type().IsRegular() && offered(e.Name()) {
				list = append(list, im.look(dir, filepath.ToSlash(filepath.Join(folder, e.Name()))))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Offer) int { return strings.Compare(a.Meta.Title, b.Meta.Title) })
	return list
}

// offered says whether a file may hold a book. Names that begin with a dot are
// what other systems leave beside their files.
func offered(name string) bool {
	end := strings.ToLower(filepath.Ext(name))
	return (end == zimExt || end == Ext) && name[0] != '.'
}

func (im Importer) look(dir, name string) (o Offer) {
	full := filepath.Join(dir, filepath.FromSlash(name))
	if made(name) {
		o = lookBook(full)
	} else {
		o = im.lookZIM(full)
	}
	o.Name = name
	return o
}

// made says whether a file is a book by its name.
func made(name string) bool { return strings.EqualFold(filepath.Ext(name), Ext) }

func lookBook(name string) Offer {
	b, err := Open(name)
	if err != nil {
		return Offer{Err: err}
	}
	defer b.Close()
	return Offer{Meta: b.Meta, Size: b.size, Need: b.size}
}

func (im Importer) lookZIM(name string) Offer {
	z, err := zim.Open(name, im.Limits)
	if err != nil {
		return Offer{Err: err}
	}
	defer z.Close()
	meta, err := describe(z)
	if err != nil {
		return Offer{Err: err}
	}
	return Offer{Meta: meta, Size: z.Size(), Need: needed(z)}
}
