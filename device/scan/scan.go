// Package scan turns what a camera or a hand scanner saw into codes, and
// carries them from the passreader to whoever listens.
//
// [Decoder] reads the QR and Code 128 symbols of one frame, [Fold] makes one
// reading of a code that stays in front of the camera, [Pipeline] joins them
// to the devices of hardware/reader, [Offer] serves readings on a unix socket
// together with the names of the devices that are open, and [Listener] is the
// other end of it:
//
//	l := scan.Listener{Socket: "/run/mallette/reader.sock", Log: log}
//	err := l.Run(ctx, func(r scan.Reading) { decide(r.Code) })
//
// It parses hostile pixels, so it is given nothing worth stealing: it decides
// nothing about a code, holds no key, never writes to a disk, and no code is
// ever part of its errors or logs.
package scan

import (
	"fmt"
	"log/slog"
	"time"
)

// Source says what kind of device a code came from.
type Source string

// The kinds of device.
const (
	Camera  Source = "camera"
	Scanner Source = "scanner"
)

// Reading is one code shown to the station. On the socket it is one line of
// JSON. Its printed forms hold no code, so that no log does.
type Reading struct {
	Code   string    `json:"code"`
	Source Source    `json:"source"`
	At     time.Time `json:"at"`
}

// String names the source only.
func (r Reading) String() string { return "[reading by " + string(r.Source) + "]" }

// GoString is String: %#v shows no code either.
func (r Reading) GoString() string { return r.String() }

// Format writes String whatever the verb.
func (r Reading) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(r.String())) }

// LogValue logs the source and the time, never the code.
func (r Reading) LogValue() slog.Value {
	return slog.GroupValue(slog.String("source", string(r.Source)), slog.Time("at", r.At))
}
