package release_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/provisioning/release"
)

// published is a repository with 50 batches of three documents each.
func published(b *testing.B) (*release.Repository, string) {
	b.Helper()
	dir := b.TempDir()
	if err := release.Init(dir, start, nancy); err != nil {
		b.Fatal(err)
	}
	r, err := release.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	now := start
	r.Now = func() time.Time { now = now.Add(time.Second); return now }
	all := map[string][]byte{}
	for i := range 150 {
		all[fmt.Sprintf("tenants/nancy/issuer-7/status-%d.json", i)] = fmt.Appendf(make([]byte, 4000), "%d", i)
	}
	if err := r.Publish(nancy, all); err != nil {
		b.Fatal(err)
	}
	return r, dir
}

func pinned(b *testing.B, r *release.Repository) string {
	b.Helper()
	root, err := r.Root()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if err := release.Pin(dir, root); err != nil {
		b.Fatal(err)
	}
	return dir
}

func BenchmarkPublishOneStatusList(b *testing.B) {
	r, _ := published(b)
	for i := 0; b.Loop(); i++ {
		if err := r.Publish(nancy, map[string][]byte{status: fmt.Appendf(nil, "status %d", i)}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRefreshUnchanged(b *testing.B) {
	r, dir := published(b)
	trust := pinned(b, r)
	c, err := release.OpenClient(trust, nancy)
	if err != nil {
		b.Fatal(err)
	}
	from := release.Dir(filepath.Join(dir, "public"))
	for b.Loop() {
		if err := c.Refresh(b.Context(), from, start); err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "public/metadata/timestamp.json"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size()), "wire-B")
}

func BenchmarkOpenOffline(b *testing.B) {
	r, dir := published(b)
	trust := pinned(b, r)
	c, err := release.OpenClient(trust, nancy)
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Refresh(b.Context(), release.Dir(filepath.Join(dir, "public")), start); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := release.OpenClient(trust, nancy); err != nil {
			b.Fatal(err)
		}
	}
}
