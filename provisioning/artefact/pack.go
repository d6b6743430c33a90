package artefact

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"runtime"

	chunkers "github.com/PlakarKorp/go-cdc-chunkers"
	_ "github.com/PlakarKorp/go-cdc-chunkers/chunkers/fastcdc" // names the algorithm below
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// How files are cut. Cutting otherwise makes chunks that no station has: it may
// be changed, at the price of one full download each.
const (
	algorithm = "fastcdc-v1.0.0"
	minChunk  = 16 << 10
	midChunk  = 64 << 10
)

// maker makes a bundle of some files.
type maker struct {
	files  []file
	index  release.Index
	bundle release.Bundle
}

// pack cuts the files and keeps their index and their chunks.
func pack(ctx context.Context, s store, files []file) (*maker, error) {
	m := &maker{files: files}
	b, err := s.begin()
	if err != nil {
		return nil, err
	}
	if m.index, err = packInto(ctx, b, files); err != nil {
		return nil, errors.Join(err, b.drop())
	}
	if m.bundle.Pack, err = b.keep(); err != nil {
		return nil, err
	}
	m.bundle.Index, err = s.put(m.index.Encode())
	return m, err
}

func packInto(ctx context.Context, w io.Writer, files []file) (release.Index, error) {
	p, err := newPacker(w)
	if err != nil {
		return nil, err
	}
	var x release.Index
	for _, f := range files {
		c := release.Content{Name: f.name}
		err := cut(ctx, f, func(chunk []byte) error {
			c.Chunks = append(c.Chunks, release.Chunk{Sum: sha256.Sum256(chunk), Size: int64(len(chunk))})
			return p.add(c.Chunks[len(c.Chunks)-1].Sum, chunk)
		})
		if err != nil {
			return nil, err
		}
		x = append(x, c)
	}
	if err := p.flush(); err != nil {
		return nil, err
	}
	for _, c := range x {
		for i, chunk := range c.Chunks {
			c.Chunks[i].At, c.Chunks[i].Packed = p.places[chunk.Sum].at, p.places[chunk.Sum].n
		}
	}
	return x, nil
}

// indexOf cuts files without keeping anything: what they are made of.
func indexOf(ctx context.Context, files []file) (release.Index, error) {
	var x release.Index
	for _, f := range files {
		c := release.Content{Name: f.name}
		err := cut(ctx, f, func(chunk []byte) error {
			// A station never fetches these: one byte stands for where they would be.
			c.Chunks = append(c.Chunks, release.Chunk{Sum: sha256.Sum256(chunk), Size: int64(len(chunk)), Packed: 1})
			return nil
		})
		if err != nil {
			return nil, err
		}
		x = append(x, c)
	}
	return x, nil
}

// cut calls each with the file's chunks in order; they are the caller's until it
// returns.
func cut(ctx context.Context, f file, each func([]byte) error) error {
	c, err := chunkers.NewChunker(algorithm, io.NewSectionReader(f, 0, f.size),
		&chunkers.ChunkerOpts{MinSize: minChunk, NormalSize: midChunk, MaxSize: release.MaxChunk})
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		chunk, err := c.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(chunk) > 0 {
			if err := each(chunk); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
	return ctx.Err()
}

type place struct{ at, n int64 }

// packer compresses chunks on every processor and writes them in order, each
// once.
type packer struct {
	w      io.Writer
	z      *zstd.Encoder
	at     int64
	places map[release.Sum]place
	sums   []release.Sum
	batch  [][]byte
}

func newPacker(w io.Writer) (*packer, error) {
	z, err := encoder()
	return &packer{w: w, z: z, places: map[release.Sum]place{}}, err
}

// encoder compresses as well as this library can; sums are elsewhere.
func encoder(options ...zstd.EOption) (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, append([]zstd.EOption{zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderCRC(false),
		zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0))}, options...)...)
}

const batchChunks = 64

func (p *packer) add(sum release.Sum, chunk []byte) error {
	if _, again := p.places[sum]; again {
		return nil
	}
	p.places[sum] = place{}
	p.sums, p.batch = append(p.sums, sum), append(p.batch, bytes.Clone(chunk))
	if len(p.batch) < batchChunks {
		return nil
	}
	return p.flush()
}

func (p *packer) flush() error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, chunk := range p.batch {
		g.Go(func() error {
			p.batch[i] = p.z.EncodeAll(chunk, nil)
			return nil
		})
	}
	_ = g.Wait() // nothing above can fail
	for i, packed := range p.batch {
		if _, err := p.w.Write(packed); err != nil {
			return err
		}
		p.places[p.sums[i]] = place{p.at, int64(len(packed))}
		p.at += int64(len(packed))
	}
	p.sums, p.batch = nil, nil
	return nil
}
