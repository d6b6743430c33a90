package journal_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/journal"
	"github.com/mallette-kit/mallette/fleet/wire"
)

const (
	tenant = wire.Tenant("nancy")
	one    = wire.Station("saaaaaaaaaaaaaaaa")
	two    = wire.Station("sbbbbbbbbbbbbbbbb")
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func packed(t *testing.T, text string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	must(t, errors.Join(err, z.Close()))
	return &b
}

func line(message string) string {
	return fmt.Sprintf(`{"p":"agent","l":"INFO","m":%q}`, message) + "\n"
}

// clock goes on by an hour whenever it is looked at.
func newShelf(t *testing.T) (journal.Shelf, *time.Time) {
	t.Helper()
	now := time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)
	return journal.Shelf{Dir: t.TempDir(), Now: func() time.Time { now = now.Add(time.Hour); return now }}, &now
}

func names(t *testing.T, s journal.Shelf, id wire.Station) (text string) {
	t.Helper()
	list, err := s.List(tenant, id)
	must(t, err)
	for _, e := range list {
		text += e.Name + " "
	}
	return strings.TrimSpace(text)
}

func TestPutAndRead(t *testing.T) {
	s, _ := newShelf(t)
	must(t, s.Put(tenant, one, "a", packed(t, line("old"))))
	must(t, s.Put(tenant, one, "trial-r3-1", packed(t, line("black screen"))))
	must(t, s.Put(tenant, one, "a", packed(t, line("new"))))
	if got := names(t, s, one); got != "a trial-r3-1" {
		t.Errorf("List = %q; want a trial-r3-1, newest first", got)
	}
	var got string
	must(t, s.Read(tenant, one, "a", func(l wire.JournalLine) bool { got += l.Message; return true }))
	if got != "new" {
		t.Errorf("Read = %q; want new", got)
	}
	for _, name := range []string{"b", "../" + string(one) + "/a", ""} {
		if _, err := s.Open(tenant, two, name); !errors.Is(err, journal.ErrNone) {
			t.Errorf("Open(another's %q) = %v; want %v", name, err, journal.ErrNone)
		}
	}
}

func TestWhatIsNone(t *testing.T) {
	noise := make([]byte, wire.MaxJournal+2)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	tests := []struct {
		name, as string
		body     io.Reader
	}{
		{"not packed", "a", strings.NewReader(line("x"))},
		{"cut", "a", io.LimitReader(packed(t, strings.Repeat(line("x"), 99)), 30)},
		{"empty", "a", packed(t, "")},
		{"something else", "a", packed(t, "hello\n")},
		{"too long", "a", bytes.NewReader(noise)},
		{"zeros that unpack for ever", "a", packed(t, strings.Repeat("\x00", wire.MaxJournalText+2))},
		{"a name that leads elsewhere", "../a", packed(t, line("x"))},
		{"no name", "", packed(t, line("x"))},
	}
	s, _ := newShelf(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := s.Put(tenant, one, tt.as, tt.body); !errors.Is(err, wire.ErrMalformed) {
				t.Errorf("Put = %v; want %v", err, wire.ErrMalformed)
			}
		})
	}
	if got := names(t, s, one); got != "" {
		t.Errorf("kept %q; want nothing", got)
	}
}

func TestShelfStaysSmall(t *testing.T) {
	s, now := newShelf(t)
	for i := range 9 {
		must(t, s.Put(tenant, one, fmt.Sprint("j", i), packed(t, line("x"))))
	}
	must(t, s.Put(tenant, two, "z", packed(t, line("x"))))
	if got := names(t, s, one); got != "j8 j7 j6 j5 j4 j3" {
		t.Errorf("of nine journals %q are left; want the newest six", got)
	}
	list, err := s.List(tenant, two)
	must(t, err)
	must(t, s.Prune(3*list[0].Size))
	if got := names(t, s, one) + "|" + names(t, s, two); got != "j8 j7|z" {
		t.Errorf("with room for three %q are left; want j8 j7|z", got)
	}
	*now = now.Add(journal.Life)
	must(t, s.Prune(1<<30))
	if got := names(t, s, one) + names(t, s, two); got != "" {
		t.Errorf("a month later %q are left; want nothing", got)
	}
	if err := (journal.Shelf{Dir: s.Dir + "/none", Now: time.Now}).Prune(0); err != nil {
		t.Errorf("Prune(nothing there) = %v; want nil", err)
	}
}

// A station's certificate says where its journal goes, not its request.
func TestHandler(t *testing.T) {
	s, _ := newShelf(t)
	who := func(q *http.Request) (wire.Tenant, wire.Station, error) {
		if q.Header.Get("X-Test") == "" {
			return "", "", errors.New("nobody")
		}
		return tenant, one, nil
	}
	h := http.StripPrefix(wire.PathJournals, s.Handler(who, slog.New(slog.DiscardHandler)))
	tests := []struct {
		name, method, path, who string
		body                    io.Reader
		status                  int
	}{
		{"a journal", http.MethodPost, "job1", "one", packed(t, line("x")), http.StatusNoContent},
		{"none", http.MethodPost, "job1", "one", strings.NewReader("x"), http.StatusBadRequest},
		{"another's folder", http.MethodPost, "../" + string(two) + "/a", "one", packed(t, line("x")), http.StatusBadRequest},
		{"a stranger", http.MethodPost, "job1", "", packed(t, line("x")), http.StatusForbidden},
		{"reading", http.MethodGet, "job1", "one", nil, http.StatusMethodNotAllowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, w := httptest.NewRequest(tt.method, wire.PathJournals+tt.path, tt.body), httptest.NewRecorder()
			q.Header.Set("X-Test", tt.who)
			h.ServeHTTP(w, q)
			if w.Code != tt.status {
				t.Errorf("%s %s = %d; want %d", tt.method, tt.path, w.Code, tt.status)
			}
		})
	}
	if entries, err := os.ReadDir(s.Dir + "/nancy"); err != nil || len(entries) != 1 {
		t.Errorf("folders = %v, %v; want that of the station alone", entries, err)
	}
}
