// Package kioskui is what people see at a station: pages, style, scripts,
// words in each language, and the lessons and exercises that every station has.
//
// It holds files and no code; device/kiosk renders the pages and
// device/lesson reads the lessons. Nothing in it points outside itself.
package kioskui

import "embed"

// Files are pages/, style/, script/, locales/, lessons/ and gym/.
//
//go:embed pages style script locales lessons gym
var Files embed.FS
