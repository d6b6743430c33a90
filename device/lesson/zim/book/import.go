package book

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/text/language"

	"github.com/mallette-kit/mallette/device/lesson/importer"
	"github.com/mallette-kit/mallette/device/lesson/search"
	"github.com/mallette-kit/mallette/device/lesson/zim"
)

// Importer makes a book of a ZIM. Its zero value has the limits of package zim.
type Importer struct {
	Limits zim.Limits
	Worded int   // entries of a collection whose text is indexed, of a larger one the titles are; zero: 200,000
	Spare  int64 // bytes that the disk keeps for others, besides what every import leaves
	// Seen is told how much of how much is done, one or the other in whatever
	// unit; nil: nobody is.
	Seen func(done, total int64)
}

const maxWorded = 200_000

func (im Importer) seen(done, total int64) {
	if im.Seen != nil {
		im.Seen(done, total)
	}
}

func (im Importer) worded() int {
	if im.Worded == 0 {
		return maxWorded
	}
	return im.Worded
}

// Import reads the ZIM named from, holds it to its checksum, and makes a book
// of it in the folder into. A file that is refused leaves nothing there.
// Errors wrap those of package zim, or [importer.ErrSpace].
func (im Importer) Import(ctx context.Context, from, into string) (r importer.Report, err error) {
	z, err := zim.Open(from, im.Limits)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	landing, err := importer.Land(into)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, landing.Leave()) }()
	if err := importer.Room(into, needed(z)+im.Spare); err != nil {
		return r, err
	}
	made, r, err := im.repack(ctx, z, landing.Path("book"))
	if err != nil {
		return importer.Report{}, err
	}
	r.Made = []string{made + Ext}
	return r, landing.Settle("book", made+Ext)
}

// needed is what a book of a ZIM may need: frames of one entry are larger than
// shared ones.
func needed(z *zim.File) int64 { return 2 * z.Size() }

// repack writes the book and returns its hash.
func (im Importer) repack(ctx context.Context, z *zim.File, name string) (made string, r importer.Report, err error) {
	if err := z.Verify(ctx); err != nil {
		return "", r, err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return "", r, fmt.Errorf("make book: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	p := &packing{Importer: im, z: z, dir: name}
	if p.out, err = newWriter(f); err != nil {
		return "", r, err
	}
	if err := p.run(ctx); err != nil {
		return "", r, err
	}
	made, err = sumOf(f)
	return made, p.report, err
}

func sumOf(f *os.File) (string, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("read book back: %w", err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("read book back: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// packing is one ZIM on its way into a book.
type packing struct {
	Importer
	z       *zim.File
	out     *writer
	dir     string // where the disk's room is asked
	names   map[int][]string
	asked   int64 // bytes written when room was asked last
	wordy   bool
	taken   int64
	total   int64
	report  importer.Report
	entries []zim.Entry
}

func (p *packing) run(ctx context.Context) (err error) {
	if p.entries, err = p.z.Entries(ctx); err != nil {
		return err
	}
	if err := p.redirects(); err != nil {
		return err
	}
	content := p.content()
	p.wordy, p.total = len(p.entries) <= p.worded(), int64(len(content))
	if err := p.z.Walk(ctx, content, p.take); err != nil {
		return err
	}
	if p.report.Pages == 0 {
		return importer.ErrNothing
	}
	meta, err := describe(p.z)
	if err != nil {
		return err
	}
	p.report.Title = meta.Title
	return p.out.finish(meta, p.main())
}

// content leaves out what a ZIM holds for its own readers.
func (p *packing) content() (kept []zim.Entry) {
	for _, e := range p.entries {
		if _, ok := p.z.Address(e); ok {
			kept = append(kept, e)
		}
	}
	return kept
}

// redirects keeps every other name of a page, straight to what it means.
func (p *packing) redirects() error {
	p.names = map[int][]string{}
	for _, e := range p.entries {
		name, ok := p.z.Address(e)
		if !ok {
			continue
		}
		if err := checkName(name); err != nil {
			return err
		}
		if !e.Redirect {
			continue
		}
		to, err := p.z.Follow(e)
		if err != nil {
			return err
		}
		target, ok := p.z.Address(to)
		if !ok {
			return fmt.Errorf("redirect: %w", zim.ErrPath)
		}
		p.out.redirect(name, clipped(e.Title), target)
		p.names[to.Index] = append(p.names[to.Index], e.Title)
	}
	return nil
}

func checkName(name string) error {
	if len(name) > maxPath {
		return fmt.Errorf("name: %w", zim.ErrTooLarge)
	}
	return zim.CheckPath(name)
}

// take stores one entry, and the words of a page.
func (p *packing) take(e zim.Entry, content io.Reader, size int64) error {
	if err := p.room(size); err != nil {
		return err
	}
	p.taken++
	p.seen(p.taken, p.total)
	name, _ := p.z.Address(e)
	entry := Entry{Path: name, Title: clipped(e.Title), Type: mediaType(e.Type)}
	if !isPage(entry.Type) {
		p.report.Other++
		_, err := p.out.add(entry, content, size)
		return err
	}
	p.report.Pages++
	raw, err := p.out.add(entry, content, size)
	if err != nil {
		return err
	}
	p.out.page(name, p.words(e, raw))
	return nil
}

// words are what a search finds a page by.
func (p *packing) words(e zim.Entry, raw []byte) search.Doc {
	d := search.Doc{Title: e.Title, Terms: strings.Join(p.names[e.Index], " · ")}
	if len(raw) > maxText {
		return d
	}
	read := readPage(raw)
	p.report.Remote += read.remote
	if p.wordy {
		d.Text = read.text
	}
	return d
}

// room asks the disk from time to time: a file can grow more than it said.
func (p *packing) room(size int64) error {
	if p.out.at+size-p.asked < 64<<20 {
		return nil
	}
	p.asked = p.out.at + size
	return importer.Room(p.dir, size+p.Spare)
}

func (p *packing) main() string {
	e, err := p.z.Main()
	if err != nil {
		return ""
	}
	name, _ := p.z.Address(e)
	return name
}

func isPage(kind string) bool { return strings.HasPrefix(kind, "text/html") }

// mediaType keeps a media type that can be sent as a header.
func mediaType(kind string) string {
	if kind == "" || len(kind) > 100 || strings.ContainsFunc(kind, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "application/octet-stream"
	}
	return kind
}

func clipped(title string) string {
	for len(title) > 1<<10 {
		title = strings.ToValidUTF8(title[:1<<10], "")
	}
	return title
}

// describe reads what the ZIM says of itself; one without a title is called
// by its name.
func describe(z *zim.File) (Meta, error) {
	var m Meta
	for _, field := range []struct {
		name string
		to   *string
	}{
		{"Title", &m.Title}, {"Description", &m.Description}, {"Language", &m.Language}, {"Creator", &m.Creator},
		{"Publisher", &m.Publisher}, {"License", &m.Licence}, {"Date", &m.Date}, {"Source", &m.Source},
	} {
		said, err := z.Metadata(field.name)
		if err != nil {
			return m, fmt.Errorf("describe: %w", err)
		}
		*field.to = clipped(said)
	}
	m.Language = bcp47(m.Language)
	if m.Title == "" {
		m.Title = "ZIM " + hex.EncodeToString(first(z.ID()))
	}
	return m, nil
}

func first(id [16]byte) []byte { return id[:4] }

// bcp47 makes a tag that browsers know of the first of "fra,eng".
func bcp47(codes string) string {
	one, _, _ := strings.Cut(codes, ",")
	base, err := language.ParseBase(strings.TrimSpace(one))
	if err != nil {
		return ""
	}
	return base.String()
}
