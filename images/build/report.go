package build

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mallette-kit/mallette/provisioning/slot"
)

// Report says what a build did and how large everything became. It holds times,
// and so is not the same twice.
type Report struct {
	Image, Version string
	Steps          []Step
	Sizes          []Size

	began time.Time
}

// Step is one piece of the work.
type Step struct {
	Name   string
	Cached bool
	Took   time.Duration
}

// Size is how large a part is, and of how much it may be, if that is limited.
type Size struct {
	Name      string
	Bytes, Of int64
}

func newReport(image, version string) *Report {
	return &Report{Image: image, Version: version, began: time.Now()}
}

func (r *Report) step(name string, cached bool, took time.Duration) {
	r.Steps = append(r.Steps, Step{name, cached, took})
}

func (r *Report) size(name string, bytes, of int64) {
	r.Sizes = append(r.Sizes, Size{name, bytes, of})
}

// root measures the parts of a root folder.
func (r *Report) root(tree string) {
	for _, part := range []struct{ name, folder string }{
		{"programs", "user"}, {"gokrazy", "gokrazy"}, {"modules", "lib/modules"}, {"firmware", "lib/firmware"}, {"licences", "usr/share/doc"},
	} {
		if n, err := weigh(filepath.Join(tree, part.folder)); err == nil {
			r.size(part.name, n, 0)
		}
	}
}

// file notes the size of a file.
func (r *Report) file(name, file string, of int64) {
	if st, err := os.Stat(file); err == nil {
		r.size(name, st.Size(), of)
	}
}

func (r *Report) published(result Result) {
	r.file("disk image", result.Image, 0)
	r.file("disk image, compressed", result.Compressed, 0)
}

// Margin returns how much of a root partition is left, from 0 to 1.
func (r *Report) Margin() float64 {
	for _, s := range r.Sizes {
		if s.Name == "root with hash tree" {
			return 1 - float64(s.Bytes)/float64(slot.SizeRoot)
		}
	}
	return 0
}

// Text returns the report as a person reads it.
func (r *Report) Text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s, made in %s\n\n", r.Image, r.Version, time.Since(r.began).Round(100*time.Millisecond))
	for _, s := range r.Sizes {
		of := ""
		if s.Of > 0 {
			of = fmt.Sprintf("  of %.1f, %.0f %% left", mib(s.Of), 100-100*float64(s.Bytes)/float64(s.Of))
		}
		fmt.Fprintf(&b, "%-28s %8.1f MiB%s\n", s.Name, mib(s.Bytes), of)
	}
	fmt.Fprintln(&b)
	for _, s := range r.Steps {
		how := "made"
		if s.Cached {
			how = "from the cache"
		}
		fmt.Fprintf(&b, "%-28s %8.1f s  %s\n", s.Name, s.Took.Seconds(), how)
	}
	return b.Bytes()
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
