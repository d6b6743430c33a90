package book_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/zim"
	"github.com/mallette-kit/mallette/device/lesson/zim/book"
	"github.com/mallette-kit/mallette/device/lesson/zim/zimtest"
)

func copied(t testing.TB, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, raw, 0o600))
}

// A book that was made elsewhere comes as it is, under the name that a file
// system may have changed behind its hash.
func TestABookIsCopied(t *testing.T) {
	_, _, name := imported(t, small().Bytes())
	stick, into := t.TempDir(), filepath.Join(t.TempDir(), "library")
	from := filepath.Join(stick, strings.TrimSuffix(filepath.Base(name), book.Ext)+" (1).BOOK")
	copied(t, name, from)
	var done, total int64
	im := book.Importer{Seen: func(d, t int64) { done, total = d, t }}
	r, err := im.Bring(t.Context(), from, into)
	if err != nil || r.Title != "Les fruits" || r.Pages != 2 || r.Made[0] != filepath.Base(name) || done != total || done == 0 {
		t.Fatalf("Bring() = %+v, %v, seen %d of %d; want the book of fruit", r, err, done, total)
	}
	if b, err := book.Open(filepath.Join(into, r.Made[0])); err != nil || b.Meta.Title != "Les fruits" {
		t.Errorf("Open() of the copy = %v", err)
	}
	if _, err := im.Bring(t.Context(), from, into); !errors.Is(err, book.ErrThere) {
		t.Errorf("Bring() again = %v; want ErrThere", err)
	}
}

func TestWhatIsNotBroughtLeavesNothing(t *testing.T) {
	_, _, name := imported(t, small().Bytes())
	whole, err := os.ReadFile(name)
	must(t, err)
	bent := append([]byte(nil), whole...)
	bent[200] ^= 1
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, c := range []struct {
		name, file string
		raw        []byte
		im         book.Importer
		ctx        context.Context
		want       error
	}{
		{"one bit", filepath.Base(name), bent, book.Importer{}, nil, book.ErrDamaged},
		{"another name", "fruits.book", whole, book.Importer{}, nil, book.ErrDamaged},
		{"cut short", filepath.Base(name), whole[:len(whole)-9], book.Importer{}, nil, book.ErrFormat},
		{"no book", filepath.Base(name), []byte("bonjour"), book.Importer{}, nil, book.ErrFormat},
		{"no room", filepath.Base(name), whole, book.Importer{Spare: math.MaxInt64 / 2}, nil, importer.ErrSpace},
		{"interrupted", filepath.Base(name), whole, book.Importer{}, stopped, context.Canceled},
		{"no room for a zim", "fruits.zim", small().Bytes(), book.Importer{Spare: math.MaxInt64 / 2}, nil, importer.ErrSpace},
		{"a zim with too much", "fruits.zim", small().Bytes(), book.Importer{Limits: zim.Limits{Entries: 3}}, nil, zim.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			stick, into := t.TempDir(), t.TempDir()
			from := filepath.Join(stick, c.file)
			must(t, os.WriteFile(from, c.raw, 0o600))
			ctx := c.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			if _, err := c.im.Bring(ctx, from, into); !errors.Is(err, c.want) {
				t.Errorf("Bring() = %v; want %v", err, c.want)
			}
			empty(t, into)
		})
	}
}

func TestWhatAStickOffers(t *testing.T) {
	_, _, made := imported(t, small().Bytes())
	stick := t.TempDir()
	folder := filepath.Join(stick, book.StickDir)
	must(t, os.Mkdir(folder, 0o700))
	copied(t, made, filepath.Join(folder, filepath.Base(made)))
	must(t, os.WriteFile(filepath.Join(stick, "Fruits.ZIM"), small().Bytes(), 0o600))
	must(t, os.WriteFile(filepath.Join(stick, "faux.zim"), []byte("<html>"), 0o600))
	must(t, os.WriteFile(filepath.Join(stick, "._fruits.zim"), []byte("x"), 0o600))
	must(t, os.WriteFile(filepath.Join(stick, "lettre.odt"), []byte("x"), 0o600))
	must(t, os.Symlink("/etc/passwd", filepath.Join(stick, "secret.zim")))
	must(t, os.Mkdir(filepath.Join(stick, "dossier.zim"), 0o700))
	list := book.Importer{}.Offers(stick)
	if len(list) != 3 || list[0].Name != "faux.zim" || list[0].Err == nil {
		t.Fatalf("Offers() = %+v; want the false one, then two of fruit", list)
	}
	for i, name := range []string{"Fruits.ZIM", book.StickDir + "/" + filepath.Base(made)} {
		o := list[i+1]
		if o.Name != name || o.Err != nil || o.Meta.Title != "Les fruits" || o.Meta.Licence != "CC BY-SA" || o.Size == 0 || o.Need < o.Size {
			t.Errorf("offer = %+v; want %s", o, name)
		}
	}
	if list := (book.Importer{}).Offers(filepath.Join(stick, "none")); len(list) > 0 {
		t.Errorf("Offers() of no folder = %v", list)
	}
}

// shelved has one book of the fleet and one that somebody brought.
func shelved(t *testing.T) (s *book.Shelf, fleet, ours string) {
	t.Helper()
	s = &book.Shelf{Dir: t.TempDir(), Fleet: t.TempDir()}
	for dir, title := range map[string]string{s.Fleet: "De la flotte", s.Dir: "Les nôtres"} {
		z := zimtest.Book{Entries: []zimtest.Entry{{Namespace: 'C', Path: "p", Type: "text/html", Content: "p"}, {Namespace: 'M', Path: "Title", Type: "text/plain", Content: title}}}
		r, err := book.Importer{}.Import(t.Context(), source(t, z.Bytes()), dir)
		must(t, err)
		if dir == s.Fleet {
			fleet = r.Made[0]
		} else {
			ours = r.Made[0]
		}
	}
	return s, fleet[:16], ours[:16]
}

func TestABookIsTakenOffTheShelf(t *testing.T) {
	s, fleet, ours := shelved(t)
	if got := len(s.Books()); got != 2 {
		t.Fatalf("shelf has %d books; want 2", got)
	}
	if err := s.Remove(fleet); !errors.Is(err, book.ErrSigned) {
		t.Errorf("Remove(the fleet's) = %v; want ErrSigned", err)
	}
	must(t, s.Remove(ours))
	if err := s.Remove(ours); !errors.Is(err, book.ErrNotFound) {
		t.Errorf("Remove() again = %v; want ErrNotFound", err)
	}
	if list := s.Books(); len(list) != 1 || !list[0].Signed {
		t.Errorf("shelf has %v; want the fleet's alone", list)
	}
}

// The same book in both folders is one, and the fleet's.
func TestABookOfTwoFoldersIsOne(t *testing.T) {
	s, fleet, _ := shelved(t)
	b, _ := s.Book(fleet)
	copied(t, filepath.Join(s.Fleet, b.ID+book.Ext), filepath.Join(s.Dir, b.ID+book.Ext))
	n := 0
	for _, b := range s.Books() {
		if b.Short() == fleet {
			n++
			if !b.Signed {
				t.Error("the book is not the fleet's")
			}
		}
	}
	if n != 1 {
		t.Errorf("the book is there %d times; want once", n)
	}
}
