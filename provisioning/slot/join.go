package slot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Files below /perm/kit that one program leaves for another. All but KitLost are
// written by the first program from join.json; who uses them removes them.
const (
	KitToken     = "enroll-token" // one-time token, for the agent
	KitJoin      = "join.json"    // the rest, for network and launcher
	KitInstalled = "installed"    // present: a removable disk that is this machine's own, not live
	KitScanners  = "scanners"     // hand scanners to know, one a line, for passreader, which keeps it
	KitLost      = "lost"         // present: declared lost and wiped by the agent, for the launcher to say; another wipe removes it
)

// Join is what flashing, or a person with any computer, tells a station. It
// holds secrets: it is never logged, and String hides it.
type Join struct {
	Token     string `json:"token"`     // one-time token of the fleet
	Server    string `json:"server"`    // host:port, when it is not the token's
	Place     string `json:"place"`     // where the station is used first
	Installed bool   `json:"installed"` // the stick stays in this machine
	WiFi      []WiFi `json:"wifi"`

	// Scanners are hand scanners that no table knows, by "vendor:product" in
	// hexadecimal or a part of their name: they look like keyboards.
	Scanners []string `json:"scanners"`
}

// WiFi is a network to join. Hidden ones do not announce themselves.
type WiFi struct {
	Name   string `json:"name"`
	Secret string `json:"secret"`
	Hidden bool   `json:"hidden,omitempty"`
}

// String implements [fmt.Stringer] without what it holds.
func (Join) String() string { return "[join]" }

// Format implements [fmt.Formatter], so that no verb shows a secret.
func (j Join) Format(s fmt.State, _ rune) { fmt.Fprint(s, j.String()) }

// String implements [fmt.Stringer] without what it holds.
func (WiFi) String() string { return "[wifi]" }

// Format implements [fmt.Formatter], so that no verb shows a secret.
func (w WiFi) Format(s fmt.State, _ rune) { fmt.Fprint(s, w.String()) }

// Empty reports whether nothing is told.
func (j Join) Empty() bool {
	return j.Token == "" && j.Server == "" && j.Place == "" && !j.Installed && len(j.WiFi) == 0 && len(j.Scanners) == 0
}

// ErrJoin says that join.json cannot be read. It never quotes it.
var ErrJoin = errors.New("join.json is not readable")

// Limits of what a person may have typed.
const (
	maxText     = 2048
	maxWiFi     = 16
	maxScanners = 8
	maxScanner  = 80 // bytes of one
)

// ParseJoin reads join.json as a person or a program left it: spaces, zeros and
// a byte-order mark around it do not matter, and nothing but those is an empty
// Join.
func ParseJoin(content []byte) (Join, error) {
	text := bytes.Trim(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), " \t\r\n\x00")
	if len(text) == 0 {
		return Join{}, nil
	}
	var j Join
	if err := json.Unmarshal(text, &j); err != nil {
		return Join{}, ErrJoin
	}
	return j, j.check()
}

func (j Join) check() error {
	if len(j.Token) > maxText || len(j.Server) > maxText || len(j.Place) > maxText || len(j.WiFi) > maxWiFi || len(j.Scanners) > maxScanners {
		return ErrJoin
	}
	for _, w := range j.WiFi {
		if w.Name == "" || len(w.Name) > 32 || len(w.Secret) > 64 {
			return ErrJoin
		}
	}
	for _, s := range j.Scanners {
		if s == "" || len(s) > maxScanner || strings.ContainsAny(s, "\r\n\x00") {
			return ErrJoin
		}
	}
	return nil
}

// Encode returns the whole content of the preallocated file, filled with spaces
// so that nothing of an earlier content stays. The zero Join is the form that a
// person fills in.
func (j Join) Encode() ([]byte, error) {
	if err := j.check(); err != nil {
		return nil, err
	}
	if j.WiFi == nil {
		j.WiFi = []WiFi{}
	}
	if j.Scanners == nil {
		j.Scanners = []string{}
	}
	text, err := json.MarshalIndent(j, "", "  ")
	if err != nil || len(text) >= SizeJoin {
		return nil, errors.Join(ErrJoin, err)
	}
	return append(append(text, '\n'), bytes.Repeat([]byte(" "), SizeJoin-len(text)-1)...), nil
}

// ReadJoin reads join.json of a boot partition.
func ReadJoin(esp *ESP) (Join, error) {
	f, err := esp.Open(FileJoin)
	if err != nil {
		return Join{}, fmt.Errorf("read join.json: %w", err)
	}
	b := make([]byte, min(f.Size(), SizeJoin))
	if _, err := f.ReadAt(b, 0); err != nil && len(b) > 0 {
		return Join{}, fmt.Errorf("read join.json: %w", err)
	}
	return ParseJoin(b)
}

// WriteJoin overwrites join.json in place.
func WriteJoin(esp *ESP, j Join) error {
	content, err := j.Encode()
	if err == nil {
		err = overwrite(esp, FileJoin, content)
	}
	if err != nil {
		return fmt.Errorf("write join.json: %w", err)
	}
	return nil
}

// BlankJoin overwrites every byte of join.json in place with the empty form,
// whatever length somebody's editor gave the file.
func BlankJoin(esp *ESP) error {
	f, err := esp.Open(FileJoin)
	if err != nil {
		return fmt.Errorf("blank join.json: %w", err)
	}
	if err := overwrite(esp, FileJoin, blank(f.Size())); err != nil {
		return fmt.Errorf("blank join.json: %w", err)
	}
	return nil
}

// blank is the empty form when it fits, and spaces.
func blank(size int64) []byte {
	form, err := Join{}.Encode()
	if err != nil {
		panic(err) // constants of this package
	}
	content := bytes.Repeat([]byte(" "), int(min(size, maxEntry)))
	if form = bytes.TrimRight(form, " "); len(form) <= len(content) {
		copy(content, form)
	}
	return content
}
