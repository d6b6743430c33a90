package kiosk

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// assets are the style, scripts and pictures of kiosk-ui, compressed once and
// addressed by content so that a browser may keep them for ever.
type assets struct {
	files  fs.FS
	byURL  map[string]asset
	byName map[string]string
}

type asset struct {
	name, kind string
	gzp        []byte
}

const assetRoot = "/s/"

// readAssets takes everything below style/ and script/.
func readAssets(files fs.FS) (*assets, error) {
	a := &assets{files: files, byURL: map[string]asset{}, byName: map[string]string{}}
	for _, root := range []string{"style", "script"} {
		err := fs.WalkDir(files, root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return a.add(name)
		})
		if err != nil {
			return nil, fmt.Errorf("read assets: %w", err)
		}
	}
	return a, nil
}

func (a *assets) add(name string) error {
	raw, err := fs.ReadFile(a.files, name)
	if err != nil {
		return err
	}
	zipped, err := compressed(raw)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(raw)
	url := assetRoot + hex.EncodeToString(sum[:8]) + "/" + path.Base(name)
	a.byURL[url] = asset{name, kindOf(name), zipped}
	a.byName[name] = url
	return nil
}

// kindOf does not ask the machine: its list of file names may be long, wrong or
// missing.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

func compressed(raw []byte) ([]byte, error) {
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zw.Write(raw); err != nil {
		return nil, err
	}
	err = zw.Close()
	return buf.Bytes(), err
}

// url is the address of an asset, for templates: {{asset "style/kiosk.css"}}.
func (a *assets) url(name string) (string, error) {
	u, ok := a.byName[name]
	if !ok {
		return "", fmt.Errorf("no asset %s", name)
	}
	return u, nil
}

func (a *assets) serve(w http.ResponseWriter, r *http.Request) error {
	as, ok := a.byURL[r.URL.Path]
	if !ok {
		return ErrNotFound
	}
	h := w.Header()
	h.Set("Content-Type", as.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		http.ServeFileFS(w, r, a.files, as.name)
		return nil
	}
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(len(as.gzp)))
	_, _ = w.Write(as.gzp) // the reader has gone: nobody to tell
	return nil
}
