package release_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/release"
)

func chunkOf(n byte) release.Chunk {
	return release.Chunk{Sum: release.Sum{n}, Size: 1 << 10, Packed: 1000}
}

// What the fleet foretells is all that differs, at most the whole, and the whole
// where it cannot know. Stations fetch just that (see device/update).
func TestFetched(t *testing.T) {
	blobs := map[string][]byte{}
	put := func(name string, b []byte) release.Part {
		blobs[name] = b
		return release.Part{SHA256: name, Size: int64(len(b))}
	}
	open := func(p release.Part) (io.ReadCloser, error) {
		b, ok := blobs[p.SHA256]
		if !ok {
			return nil, errors.New("gone")
		}
		return io.NopCloser(bytes.NewReader(b)), nil
	}
	base := func(name string, chunks ...release.Chunk) release.Base {
		x := put(name, release.Index{{Name: release.ContentRoot, Chunks: chunks}}.Encode())
		u := put(name+"-userland", release.Index{{Name: release.ContentUserland, Chunks: chunks[:1]}}.Encode())
		b := release.Base{Release: name, Bundle: release.Bundle{Index: x, Pack: release.Part{Size: 1000 * int64(len(chunks))}}}
		b.Verity.Hash = name
		b.Userland = &release.Userland{Root: name, Bundle: release.Bundle{Index: u, Pack: release.Part{Size: 1000}}}
		return b
	}
	v1, v2 := base("v1", chunkOf(1), chunkOf(2)), base("v2", chunkOf(1), chunkOf(3), chunkOf(4))
	indexes := v1.Index.Size + v2.Index.Size
	userland := v1.Userland.Index.Size + v2.Userland.Index.Size
	patched := v2
	patches := put("patches", release.Patches{{Name: release.ContentRoot, At: 1 << 10, Size: 1 << 10, Source: 1, Packed: 70}}.Encode())
	patched.From = []release.Ancestor{{Of: "v1", Index: v1.Index, Patches: patches, Frames: release.Part{Size: 70}}}
	same := v2
	same.Userland = v1.Userland
	gone := v1
	gone.Index.SHA256 = "gone"
	whole := v2.Index.Size + v2.Pack.Size
	for _, tt := range []struct {
		name string
		to   release.Base
		from release.Base
		want int64
	}{
		{"chunks", v2, v1, indexes + 2000 + userland},
		{"a patch and a chunk", patched, v1, indexes + patches.Size + 70 + 1000 + userland},
		{"the same userland", same, v1, indexes + 2000},
		{"from a release that is not listed", v2, release.Base{}, whole + v2.Userland.Index.Size + 1000},
		{"what is shared cannot be read", v2, gone, whole + userland},
	} {
		if got := tt.to.Fetched(tt.from, open); got != tt.want {
			t.Errorf("%s: Fetched = %d; want %d", tt.name, got, tt.want)
		}
	}
}
