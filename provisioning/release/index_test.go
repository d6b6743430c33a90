package release_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/mallette-kit/mallette/provisioning/release"
)

func index() release.Index {
	a, b, c := release.Sum{1}, release.Sum{2}, release.Sum{3}
	first := release.Chunk{Sum: a, Size: 70000, Packed: 100}
	second := release.Chunk{Sum: b, Size: 1, At: 100, Packed: 14}
	return release.Index{
		{Name: "boot", Chunks: []release.Chunk{first, second, first}},
		{Name: "root", Chunks: []release.Chunk{second, {Sum: c, Size: release.MaxChunk, At: 114, Packed: release.MaxChunk + 9}}},
	}
}

func patches() release.Patches {
	return release.Patches{{Name: "boot", At: 0, Size: 1, Old: 0, Source: 0, Packed: 9},
		{Name: "root", At: 4096, Size: release.MaxPatched, Old: 8192, Source: release.MaxSource, Frame: 9, Packed: 12345}}
}

func TestIndexTravels(t *testing.T) {
	got, err := release.ParseIndex(index().Encode())
	if err != nil || !reflect.DeepEqual(got, index()) {
		t.Errorf("ParseIndex = %+v, %v; want %+v", got, err, index())
	}
	list, err := release.ParsePatches(patches().Encode())
	if err != nil || !reflect.DeepEqual(list, patches()) {
		t.Errorf("ParsePatches = %+v, %v; want %+v", list, err, patches())
	}
}

func TestTornIndexIsRefused(t *testing.T) {
	whole, list := index().Encode(), patches().Encode()
	for n := range whole {
		if _, err := release.ParseIndex(whole[:n]); !errors.Is(err, release.ErrUntrusted) {
			t.Errorf("ParseIndex of %d bytes = %v; want ErrUntrusted", n, err)
		}
	}
	for n := range list {
		if _, err := release.ParsePatches(list[:n]); !errors.Is(err, release.ErrUntrusted) {
			t.Errorf("ParsePatches of %d bytes = %v; want ErrUntrusted", n, err)
		}
	}
	if _, err := release.ParseIndex(append(whole, 0)); !errors.Is(err, release.ErrUntrusted) {
		t.Errorf("ParseIndex with a byte more = %v; want ErrUntrusted", err)
	}
}

// What parses is within its limits and travels again.
func FuzzParseIndex(f *testing.F) {
	f.Add(index().Encode())
	f.Add(release.Index{}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := release.ParseIndex(b)
		if err != nil {
			return
		}
		for _, c := range x {
			for _, chunk := range c.Chunks {
				if chunk.Size < 1 || chunk.Size > release.MaxChunk || chunk.At+chunk.Packed > release.MaxBlob {
					t.Fatalf("chunk %+v; want it within the limits", chunk)
				}
			}
		}
		again, err := release.ParseIndex(x.Encode())
		if err != nil || !reflect.DeepEqual(again, x) {
			t.Fatalf("ParseIndex(Encode) = %+v, %v; want %+v", again, err, x)
		}
	})
}

func FuzzParsePatches(f *testing.F) {
	f.Add(patches().Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := release.ParsePatches(b)
		if err != nil {
			return
		}
		again, err := release.ParsePatches(list.Encode())
		if err != nil || !reflect.DeepEqual(again, list) {
			t.Fatalf("ParsePatches(Encode) = %+v, %v; want %+v", again, err, list)
		}
	})
}

func FuzzParseBase(f *testing.F) {
	text, err := described("1").Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, b []byte) {
		base, err := release.ParseBase(b)
		if err != nil {
			return
		}
		if _, err := base.Encode(); err != nil {
			t.Fatalf("Encode of what parses = %v; want nil", err)
		}
	})
}
