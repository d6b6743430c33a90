// Package guide is the page for people who write a stick: from Windows, macOS or
// Linux, how to start from it, and what it touches. It is a folder of files that
// is published beside the images and opened from a disk: one page, one style,
// our own pictures, nothing from elsewhere.
package guide

import "embed"

// Files are the page, guide.html, and what it shows.
//
//go:embed guide.html guide.css *.svg
var Files embed.FS
