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
	packed := e.Packed && readsZstd(r)
	switch {
	case !partly(r) && packed && e.Stored > maxWhole:
		h.Set("Content-Encoding", "zstd")
		h.Set("Content-Length", strconv.FormatInt(e.Stored, 10))
		_, _ = io.Copy(w, b.Raw(e)) // the reader has gone: nobody to tell
		return nil
	case !partly(r) && e.Stored <= maxWhole:
		return l.sendWhole(w, b, e, packed)
	}
	content, err := b.Content(e)
	if err != nil {
		return err
	}
	h.Set("ETag", tagOf(e))
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}

// maxWhole is the longest content that is sent from memory in one piece.
const maxWhole = 1 << 20

// partly says whether a browser asks for a part of a content, or only if it
// has changed.
func partly(r *http.Request) bool {
	return r.Method != http.MethodGet || r.Header.Get("Range") != "" || r.Header.Get("If-None-Match") != ""
}

func tagOf(e book.Entry) string { return `"` + hex.EncodeToString(e.Sum[:]) + `"` }

// sendWhole sends a content in a buffer that the next one uses again: memory
// that is asked for and thrown away was half of what a page cost.
func (l *Library) sendWhole(w http.ResponseWriter, b *book.Book, e book.Entry, packed bool) (err error) {
	buf, ok := l.buffers.Get().(*[]byte)
	if !ok {
		buf = new([]byte)
	}
	defer l.buffers.Put(buf)
	h := w.Header()
	if packed {
		h.Set("Content-Encoding", "zstd")
		*buf, err = b.AppendRaw((*buf)[:0], e)
	} else {
		h.Set("ETag", tagOf(e))
		*buf, err = b.AppendContent((*buf)[:0], e)
	}
	if err != nil {
		h.Del("Content-Encoding")
		h.Del("ETag")
		return err
	}
	h.Set("Content-Length", strconv.Itoa(len(*buf)))
	_, _ = w.Write(*buf) // the reader has gone: nobody to tell
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
