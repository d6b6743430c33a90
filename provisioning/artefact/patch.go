package artefact

import (
	"context"
	"errors"
	"runtime"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// Bounds of one patch. A station holds both and the frame in memory.
const (
	maxPatched = 8 << 20
	source     = release.MaxSource
	// closeBy is how much that is not new may lie between two stretches that
	// share a patch.
	closeBy = 256 << 10
)

// stretch is something new in a file: chunks that the old file has not got.
type stretch struct {
	at, size int64
	old      int64 // where the old file probably has what was there
	packed   int64 // bytes of its new chunks in the pack
}

// from adds the way from an ancestor that is named by of.
func (m *maker) from(ctx context.Context, s store, of string, old []file) error {
	was, err := indexOf(ctx, old)
	if err != nil {
		return err
	}
	a := release.Ancestor{Of: of}
	if a.Index, err = s.put(was.Encode()); err != nil {
		return err
	}
	frames, err := s.begin()
	if err != nil {
		return err
	}
	list, err := m.patches(ctx, frames, was, old)
	if err != nil || len(list) == 0 {
		err = errors.Join(err, frames.drop())
	}
	if err == nil && len(list) > 0 {
		if a.Frames, err = frames.keep(); err == nil {
			a.Patches, err = s.put(list.Encode())
		}
	}
	m.bundle.From = append(m.bundle.From, a)
	return err
}

// patches writes the frames of all stretches that are cheaper as patches than as
// chunks.
func (m *maker) patches(ctx context.Context, frames *blob, was release.Index, old []file) (release.Patches, error) {
	var list release.Patches
	for i, f := range m.files {
		some := stretches(was, m.index[i])
		packed := make([][]byte, len(some))
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(runtime.GOMAXPROCS(0))
		for j, one := range some {
			g.Go(func() (err error) {
				packed[j], err = one.patch(ctx, f, find(old, f.name))
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return nil, err
		}
		for j, one := range some {
			if n := int64(len(packed[j])); n > 0 && n < one.packed {
				at, size := one.source(find(old, f.name))
				list = append(list, release.Patch{Name: f.name, At: one.at, Size: one.size, Old: at, Source: size, Frame: frames.n, Packed: n})
				if _, err := frames.Write(packed[j]); err != nil {
					return nil, err
				}
			}
		}
	}
	return list, nil
}

func find(files []file, name string) file {
	for _, f := range files {
		if f.name == name {
			return f
		}
	}
	return file{name: name}
}

// source is the part of the old file that a patch is made from: around where the
// stretch was.
func (s stretch) source(old file) (at, size int64) {
	size = min(source, old.size)
	return max(0, min(s.old-(size-s.size)/2, old.size-size)), size
}

// patch returns the frame that makes the stretch.
func (s stretch) patch(ctx context.Context, now, old file) ([]byte, error) {
	at, size := s.source(old)
	if size == 0 || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	dictionary, err := old.read(at, size)
	if err != nil {
		return nil, err
	}
	content, err := now.read(s.at, s.size)
	if err != nil {
		return nil, err
	}
	z, err := encoder(zstd.WithEncoderDictRaw(0, dictionary), zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return z.EncodeAll(content, nil), z.Close()
}

// window reaches from the end of a stretch to the beginning of its source.
const window = 32 << 20

// stretches lists what of a file the old index has not got. Chunks that moved
// from one file to another are not new.
func stretches(was release.Index, now release.Content) (list []stretch) {
	places := map[release.Sum]int64{}
	for _, c := range was {
		at := int64(0)
		for _, chunk := range c.Chunks {
			if c.Name == now.Name {
				places[chunk.Sum] = at
			} else if _, ok := places[chunk.Sum]; !ok {
				places[chunk.Sum] = -1
			}
			at += chunk.Size
		}
	}
	at, old := int64(0), int64(0)
	for _, chunk := range now.Chunks {
		if there, ok := places[chunk.Sum]; ok {
			if there >= 0 {
				old = there + chunk.Size
			}
		} else {
			list = extend(list, at, old, chunk)
			places[chunk.Sum] = -1
		}
		at += chunk.Size
	}
	return list
}

// extend adds a new chunk to the last stretch, or begins one.
func extend(list []stretch, at, old int64, chunk release.Chunk) []stretch {
	if n := len(list) - 1; n >= 0 {
		if end := at + chunk.Size; at-(list[n].at+list[n].size) <= closeBy && end-list[n].at <= maxPatched {
			list[n].size = end - list[n].at
			list[n].packed += chunk.Packed
			return list
		}
	}
	return append(list, stretch{at: at, size: chunk.Size, old: old, packed: chunk.Packed})
}
