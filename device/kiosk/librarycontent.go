package kiosk

import (
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/device/lesson/zim/book"
)

// bookPolicy shows what a book holds and runs nothing of it: no script, no
// form, no frame, no plug-in, nothing from outside. The page keeps the
// station's origin, so that a link inside the book is not a visit from
// elsewhere; without scripts it can do nothing with it.
const bookPolicy = "sandbox allow-same-origin; default-src 'none'; img-src 'self' data:; media-src 'self'; font-src 'self' data:; " +
	"style-src 'self' 'unsafe-inline'; base-uri 'self'; form-action 'none'; frame-ancestors 'self'"

// entryOf finds an entry by its address; none is the page to begin with.
func entryOf(b *book.Book, path string) (e book.Entry, err error) {
	if path == "" {
		e, err = b.Main()
	} else {
		e, err = b.Find(path)
	}
	if errors.Is(err, book.ErrNotFound) {
		return e, ErrNotFound
	}
	return e, err
}

// content sends an entry of a book as it is: its frame untouched to a browser
// that reads zstd, and its bytes to another.
func (l *Library) content(w http.ResponseWriter, r *http.Request) error {
	b, err := l.bookOf(r)
	if err != nil {
		return err
	}
	path := r.PathValue("chemin")
	e, err := entryOf(b, path)
	if err != nil {
		return err
	}
	if e.Redirect || path == "" {
		if e, err = b.Target(e); err != nil {
			return err
		}
		http.Redirect(w, r, contentURL(b, e.Path), http.StatusFound)
		return nil
	}
	h := w.Header()
	h.Set("Content-Security-Policy", bookPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Type", e.Type)
	h.Set("Vary", "Accept-Encoding")
	if e.Packed && readsZstd(r) {
		return sendFrame(w, b, e)
	}
	content, err := b.Content(e)
	if err != nil {
		return err
	}
	h.Set("ETag", `"`+hex.EncodeToString(e.Sum[:])+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}

func sendFrame(w http.ResponseWriter, b *book.Book, e book.Entry) error {
	h := w.Header()
	h.Set("Content-Encoding", "zstd")
	h.Set("Content-Length", strconv.FormatInt(e.Stored, 10))
	_, _ = io.Copy(w, b.Raw(e)) // the reader has gone: nobody to tell
	return nil
}

// readsZstd says whether a browser takes zstd.
func readsZstd(r *http.Request) bool {
	for how := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(how), ";")
		if strings.TrimSpace(name) == "zstd" {
			return !strings.HasPrefix(strings.ReplaceAll(weight, " ", ""), "q=0") || strings.Trim(strings.TrimSpace(weight), "q=0.") != ""
		}
	}
	return false
}
