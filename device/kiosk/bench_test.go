package kiosk_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"
)

// BenchmarkLessonStep is what one step of a lesson costs, without a socket.
func BenchmarkLessonStep(b *testing.B) { benchmark(b, "/lecon/souris/etape/4") }

// BenchmarkHome is what the home page costs.
func BenchmarkHome(b *testing.B) { benchmark(b, "/") }

// BenchmarkPicture is what a picture of a lesson costs.
func BenchmarkPicture(b *testing.B) { benchmark(b, "/lecon/souris/image/souris.svg") }

func benchmark(b *testing.B, path string) {
	srv, session := handler(b)
	if err := session.Begin(); err != nil {
		b.Fatal(err)
	}
	req := httptest.NewRequest("GET", "http://localhost"+path, nil)
	req.AddCookie(&http.Cookie{Name: "visite", Value: "0123456789abcdef0123456789abcdef"})
	b.ReportAllocs()
	before := cpu(b)
	for b.Loop() {
		w := &silent{header: http.Header{}}
		srv.ServeHTTP(w, req)
		if w.code != 0 && w.code != http.StatusOK {
			b.Fatalf("GET %s = %d; want 200", path, w.code)
		}
	}
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// cpu is the time this process has spent on a processor: the figure to quote
// on a machine that others use.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// silent is a browser that reads nothing.
type silent struct {
	header http.Header
	code   int
}

func (s *silent) Header() http.Header         { return s.header }
func (s *silent) WriteHeader(code int)        { s.code = code }
func (s *silent) Write(b []byte) (int, error) { return io.Discard.Write(b) }
