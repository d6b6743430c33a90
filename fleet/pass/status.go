package pass

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Status is what became of a pass, with the values of the IETF Token Status
// List.
type Status uint8

// Valid may be used; Invalid was revoked; Suspended is not yet handed out, or
// disputed; Redeemed was validated.
const (
	Valid     Status = 0
	Invalid   Status = 1
	Suspended Status = 2
	Redeemed  Status = 3
)

const maxStatusList = 4 << 20

// StatusList holds two bits for each pass of a batch. A copy shares them.
// [StatusList.Get] is safe for concurrent use while nobody sets.
type StatusList struct {
	Version  uint64
	Issuer   Issuer
	Batch    Batch
	First    Serial
	Last     Serial
	IssuedAt time.Time
	TTL      int // seconds after IssuedAt when a newer list should be asked for

	bits []byte
}

// statusJSON is the document. Lst is zlib over the packed bits, in base64url
// without padding, as in the IETF draft.
type statusJSON struct {
	V        int       `json:"v"` // 1
	Version  uint64    `json:"version"`
	Issuer   Issuer    `json:"issuer"`
	Batch    Batch     `json:"batch"`
	First    Serial    `json:"first"`
	Last     Serial    `json:"last"`
	IssuedAt time.Time `json:"issued_at"`
	TTL      int       `json:"ttl"`
	Lst      string    `json:"lst"`
}

// NewStatusList returns a list in which every pass is [Valid]. It holds
// nothing when first is after last or the range is over [MaxPasses].
func NewStatusList(issuer Issuer, batch Batch, first, last Serial) StatusList {
	l := StatusList{Issuer: issuer, Batch: batch, First: first, Last: last}
	if first <= last && last-first < MaxPasses {
		l.bits = make([]byte, l.size())
	}
	return l
}

// Get returns the status of a pass; [Invalid] when the list does not hold it.
func (l StatusList) Get(s Serial) Status {
	i, ok := l.index(s)
	if !ok {
		return Invalid
	}
	return Status(l.bits[i/4]>>(2*(i%4))) & 3
}

// Set changes the status of a pass and reports whether the list holds it.
func (l StatusList) Set(s Serial, status Status) bool {
	i, ok := l.index(s)
	if !ok || status > Redeemed {
		return false
	}
	shift := 2 * (i % 4)
	l.bits[i/4] = l.bits[i/4]&^(3<<shift) | byte(status)<<shift
	return true
}

// Count returns how many passes have a status.
func (l StatusList) Count(status Status) int {
	n := 0
	for i := range l.passes() {
		if Status(l.bits[i/4]>>(2*(i%4)))&3 == status {
			n++
		}
	}
	return n
}

// LogValue implements [slog.LogValuer]; serials stay out of logs.
func (l StatusList) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("issuer", int(l.Issuer)), slog.Int("batch", int(l.Batch)), slog.Uint64("version", l.Version))
}

// Encode returns the list as JSON.
func (l StatusList) Encode() ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	lst, err := deflate(l.bits)
	if err != nil {
		return nil, fmt.Errorf("encode status list: %w", err)
	}
	doc := statusJSON{documentVersion, l.Version, l.Issuer, l.Batch, l.First, l.Last, l.IssuedAt.UTC(), l.TTL, lst}
	return encode(doc, maxStatusList, "status list")
}

// ParseStatusList reads and checks a list. It never inflates more than the
// range announces. It fails with [ErrMalformed] or [ErrVersion].
func ParseStatusList(data []byte) (StatusList, error) {
	var d statusJSON
	if err := decode(data, maxStatusList, &d, "status list"); err != nil {
		return StatusList{}, err
	}
	if d.V != documentVersion {
		return StatusList{}, ErrVersion
	}
	l := NewStatusList(d.Issuer, d.Batch, d.First, d.Last)
	l.Version, l.IssuedAt, l.TTL = d.Version, d.IssuedAt, d.TTL
	if err := l.check(); err != nil {
		return StatusList{}, err
	}
	if err := inflate(l.bits, d.Lst); err != nil {
		return StatusList{}, err
	}
	return l, nil
}

func (l StatusList) check() error {
	if l.Version == 0 || l.Issuer == 0 || l.Batch == 0 || l.Batch > MaxBatch || l.First == 0 {
		return malformed("status list")
	}
	if l.bits == nil || l.IssuedAt.IsZero() || l.TTL < 0 {
		return malformed("status list range or time")
	}
	return nil
}

func (l StatusList) passes() int {
	if l.bits == nil {
		return 0
	}
	return int(l.Last-l.First) + 1
}

func (l StatusList) size() int { return (int(l.Last-l.First) + 4) / 4 }

func (l StatusList) index(s Serial) (int, bool) {
	if l.bits == nil || s < l.First || s > l.Last {
		return 0, false
	}
	return int(s - l.First), true
}

func deflate(bits []byte) (string, error) {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(bits); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b.Bytes()), nil
}

// inflate fills bits exactly: a shorter or longer list is refused.
func inflate(bits []byte, lst string) error {
	b, err := base64.RawURLEncoding.DecodeString(lst)
	if err != nil {
		return malformed("lst is not base64url")
	}
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return malformed("lst is not zlib")
	}
	if _, err := io.ReadFull(r, bits); err != nil {
		return malformed("lst is short")
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return malformed("lst is long or damaged")
	}
	return nil
}
