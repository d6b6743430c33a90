package public_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/public"
)

var content = []byte("0123456789")

// serve answers for one file, with ranges or as servers that know none.
func serve(t *testing.T, ranges bool) public.Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/release/blobs/a" {
			http.NotFound(w, r)
			return
		}
		if !ranges {
			r.Header.Del("Range")
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(server.Close)
	return public.HTTP(server.Client(), server.URL+"/release")
}

func stick(t *testing.T) public.Source {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "blobs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "blobs", "a"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return public.Dir(dir)
}

// Every source gives the same bytes for the same words.
func TestSourcesAgree(t *testing.T) {
	sources := map[string]public.Source{"server": serve(t, true), "server without ranges": serve(t, false), "stick": stick(t)}
	tests := []struct {
		name    string
		from, n int64
		want    string
	}{{"whole", 0, 10, "0123456789"}, {"part", 3, 4, "3456"}, {"to the end", 6, 4, "6789"}, {"over the end", 6, 90, "6789"}}
	for name, source := range sources {
		for _, tt := range tests {
			t.Run(name+", "+tt.name, func(t *testing.T) {
				body, err := source.Open(t.Context(), "blobs/a", tt.from, tt.n)
				if err != nil {
					t.Fatal(err)
				}
				defer body.Close()
				if got, err := io.ReadAll(body); string(got) != tt.want || err != nil {
					t.Errorf("Open(%d, %d) = %q, %v; want %q", tt.from, tt.n, got, err, tt.want)
				}
			})
		}
		for _, absent := range []string{"blobs/b", "../blobs/a"} {
			if body, err := source.Open(t.Context(), absent, 0, 1); err == nil {
				body.Close()
				t.Errorf("%s: Open(%s) = nil; want an error", name, absent)
			}
		}
	}
}

func TestAServerThatHasNothingSaysSo(t *testing.T) {
	if _, err := serve(t, true).Open(t.Context(), "blobs/b", 0, 1); !errors.Is(err, public.ErrAnswer) {
		t.Errorf("Open of what is not there = %v; want ErrAnswer", err)
	}
}
