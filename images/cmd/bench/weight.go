package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"regexp"
	"strings"
)

var parts = regexp.MustCompile(`<(link|script|img)\b[^>]*(?:href|src)="(/[^"]+)"`)

// homeWeight is the home page with the style, scripts and pictures that it
// names, compressed one by one.
func homeWeight(ctx context.Context, v *visitor) ([]figure, error) {
	page, err := v.open(ctx, "/")
	if err != nil {
		return nil, err
	}
	total, scripts := compressed(page), 0
	seen := map[string]bool{}
	for _, part := range parts.FindAllStringSubmatch(page, -1) {
		path, _, _ := strings.Cut(part[2], "#")
		if seen[path] {
			continue
		}
		seen[path] = true
		text, err := v.open(ctx, path)
		if err != nil {
			return nil, err
		}
		total += compressed(text)
		if part[1] == "script" {
			scripts += compressed(text)
		}
	}
	return []figure{plain("home_weight", float64(total)/1000, "kB"), plain("home_scripts", float64(scripts)/1000, "kB")}, nil
}

func compressed(text string) int {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = io.WriteString(w, text) // into memory
	_ = w.Close()
	return out.Len()
}
