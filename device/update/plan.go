package update

import (
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// stock is what of a bundle's files a station has in an earlier version.
type stock struct {
	files   map[string]io.ReaderAt // by the name of the content
	index   release.Index          // of what they hold
	patches release.Patches        // from them
	frames  release.Part           // what patches point into
}

// op makes the next bytes of a file: from the old one, from chunks or from a
// patch that were brought.
type op struct {
	sums  []chunk // of what it makes
	size  int64
	kind  opKind
	file  string // the old file, for copies and patches
	at    int64  // in it
	n     int64  // bytes of it, for a patch
	haul  int64  // where what was brought begins
	bytes int64  // of it
}

// chunk is what made bytes must be.
type chunk struct {
	sum  release.Sum
	size int64
}

type opKind int

const (
	opCopy opKind = iota
	opChunk
	opPatch
)

// span is a stretch of a part that has to be brought.
type span struct {
	part  release.Part
	at, n int64
}

// plan is how to make a bundle's files. Equal bundles and stocks make equal
// plans, so that what was brought before a power cut still fits.
type plan struct {
	files map[string][]op
	spans []span
	total int64 // bytes to bring
}

// newPlan plans with what was found to be whole in the stock (see [inspect]).
// Each stretch comes the cheapest way: from the old files for nothing, else by a
// patch, which its maker has held against the chunks, else by chunks.
func newPlan(b release.Bundle, x release.Index, s stock, found map[release.Sum]place) plan {
	p := planner{plan: plan{files: map[string][]op{}}, bundle: b, stock: s, found: found, brought: map[release.Sum]int64{}}
	for _, c := range x {
		p.content(c)
	}
	return p.plan
}

// place is where the stock has a chunk.
type place struct {
	file string
	at   int64
}

type planner struct {
	plan
	bundle  release.Bundle
	stock   stock
	found   map[release.Sum]place
	brought map[release.Sum]int64 // where the haul has a chunk
}

func (p *planner) content(c release.Content) {
	at := int64(0)
	for i := 0; i < len(c.Chunks); {
		n := 1
		if patch, chunks := p.patchAt(c, i, at); chunks > 0 {
			p.patch(c.Name, patch, c.Chunks[i:i+chunks])
			n = chunks
		} else {
			p.chunk(c.Name, c.Chunks[i])
		}
		for _, chunk := range c.Chunks[i : i+n] {
			at += chunk.Size
		}
		i += n
	}
}

// patchAt returns the patch that begins at a chunk, if it makes something that is
// not there, and how many chunks it makes.
func (p *planner) patchAt(c release.Content, i int, at int64) (release.Patch, int) {
	for _, patch := range p.stock.patches {
		if patch.Name != c.Name || patch.At != at || p.stock.files[patch.Name] == nil {
			continue
		}
		left, missing := patch.Size, false
		for n, chunk := range c.Chunks[i:] {
			_, have := p.found[chunk.Sum]
			missing = missing || !have
			if left -= chunk.Size; left == 0 && missing {
				return patch, n + 1
			}
			if left <= 0 {
				break
			}
		}
	}
	return release.Patch{}, 0
}

func (p *planner) patch(name string, patch release.Patch, chunks []release.Chunk) {
	o := op{kind: opPatch, size: patch.Size, file: name, at: patch.Old, n: patch.Source, haul: p.bring(p.stock.frames, patch.Frame, patch.Packed), bytes: patch.Packed}
	for _, c := range chunks {
		o.sums = append(o.sums, chunk{c.Sum, c.Size})
	}
	p.files[name] = append(p.files[name], o)
}

func (p *planner) chunk(name string, c release.Chunk) {
	o := op{kind: opCopy, size: c.Size, sums: []chunk{{c.Sum, c.Size}}}
	if there, ok := p.found[c.Sum]; ok {
		o.file, o.at = there.file, there.at
	} else {
		at, ok := p.brought[c.Sum]
		if !ok {
			at = p.bring(p.bundle.Pack, c.At, c.Packed)
			p.brought[c.Sum] = at
		}
		o.kind, o.haul, o.bytes = opChunk, at, c.Packed
	}
	p.files[name] = append(p.files[name], o)
}

// bring adds bytes to the haul and returns where they will be.
func (p *planner) bring(from release.Part, at, n int64) int64 {
	where := p.total
	p.total += n
	if last := len(p.spans) - 1; last >= 0 && p.spans[last].part == from && p.spans[last].at+p.spans[last].n == at {
		p.spans[last].n += n
		return where
	}
	p.spans = append(p.spans, span{from, at, n})
	return where
}

// name is that of the file which the plan's haul is kept in: another plan, another
// name.
func (p plan) name() string {
	h := sha256.New()
	for _, s := range p.spans {
		fmt.Fprintf(h, "%s %d %d\n", s.part.SHA256, s.at, s.n)
	}
	return fmt.Sprintf("%s%x", haulPrefix, h.Sum(nil)[:8])
}

// inspect reads the old files and returns where they hold chunks that are
// wanted. What the disk does not give back as it was is not there.
func inspect(wanted release.Index, s stock) map[release.Sum]place {
	want, found := map[release.Sum]bool{}, map[release.Sum]place{}
	for _, c := range wanted {
		for _, chunk := range c.Chunks {
			want[chunk.Sum] = true
		}
	}
	b := make([]byte, release.MaxChunk)
	for _, c := range s.index {
		file, at := s.files[c.Name], int64(0)
		for _, chunk := range c.Chunks {
			if _, again := found[chunk.Sum]; file != nil && want[chunk.Sum] && !again && holds(file, at, b[:chunk.Size], chunk.Sum) {
				found[chunk.Sum] = place{c.Name, at}
			}
			at += chunk.Size
		}
	}
	return found
}

func holds(file io.ReaderAt, at int64, b []byte, sum release.Sum) bool {
	n, _ := file.ReadAt(b, at)
	return n == len(b) && sha256.Sum256(b) == sum
}
