package wire

import (
	"bufio"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// A carry is what a station owes its fleet, on its way on a stick: lines of JSON,
// the head, then [Records] and [Counters] of one log as they would go up, then the
// signature of the station's ledger key over all of it. It is sealed to the fleet
// before it is written to a stick. Taking it twice changes nothing. A log that is
// larger than one carry lies in several, which may be taken in any order.

// CarryFolder is the folder of a stick that carries lie in, and CarrySuffix ends
// their names.
const (
	CarryFolder = "mallette-retour"
	CarrySuffix = ".mallette"
)

// MaxCarry bounds a carry, in bytes: some 20,000 records.
const MaxCarry = 32 << 20

// carryDomain comes before the hash in what is signed, so that a carry can never
// pass for a record or a receipt.
const carryDomain = "mallette carry 1\n"

// CarryHead says whose a carry is.
type CarryHead struct {
	V           int        `json:"v"` // 1
	Tenant      Tenant     `json:"tenant"`
	Station     Station    `json:"station"`
	Incarnation uint32     `json:"incarnation"`
	Log         pass.LogID `json:"log"`
	Made        time.Time  `json:"made,omitzero"`   // as the station's clock had it
	Boots       []BootTime `json:"boots,omitempty"` // as in [Hello]
}

// CarryName is a file of a station's log, the first being 1: another log never
// takes its place.
func CarryName(id Station, log pass.LogID, part int) string {
	if part == 1 {
		return fmt.Sprintf("%s-%s%s", id, log, CarrySuffix)
	}
	return fmt.Sprintf("%s-%s-%d%s", id, log, part, CarrySuffix)
}

// carryLine is a line; one of its fields is set.
type carryLine struct {
	Head     *CarryHead `json:"head,omitempty"`
	Records  *Records   `json:"records,omitempty"`
	Counters *Counters  `json:"counters,omitempty"`
	Sig      []byte     `json:"sig,omitempty"`
}

// CarryWriter writes a carry.
type CarryWriter struct {
	out     io.Writer
	sum     hash.Hash
	written int64
}

// NewCarryWriter writes the head.
func NewCarryWriter(out io.Writer, head CarryHead) (*CarryWriter, error) {
	w := &CarryWriter{out: out, sum: sha256.New()}
	return w, w.line(carryLine{Head: &head})
}

// Records adds records.
func (w *CarryWriter) Records(m *Records) error { return w.line(carryLine{Records: m}) }

// Counters adds counters.
func (w *CarryWriter) Counters(m *Counters) error { return w.line(carryLine{Counters: m}) }

// Written is how many bytes the carry has by now.
func (w *CarryWriter) Written() int64 { return w.written }

// End signs. Nothing may be added after it.
func (w *CarryWriter) End(key ed25519.PrivateKey) error {
	return w.line(carryLine{Sig: ed25519.Sign(key, carrySigned(w.sum))})
}

func carrySigned(sum hash.Hash) []byte { return sum.Sum([]byte(carryDomain)) }

func (w *CarryWriter) line(l carryLine) error {
	text, err := json.Marshal(l)
	if err == nil {
		text = append(text, '\n')
		w.sum.Write(text) // never fails
		w.written += int64(len(text))
		_, err = w.out.Write(text)
	}
	if err != nil {
		return fmt.Errorf("write carry: %w", err)
	}
	return nil
}

// Carry is a carry that was read.
type Carry struct {
	CarryHead
	Messages []Message // *Records and *Counters

	sum, sig []byte
}

// Signed reports whether a ledger key made it.
func (c *Carry) Signed(key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, c.sum, c.sig)
}

// ReadCarry reads a whole carry. Nothing in it may be believed before
// [Carry.Signed]. It fails with an error that wraps [ErrMalformed] on anything
// else than a carry, a longer one, and one that was cut.
func ReadCarry(r io.Reader) (*Carry, error) {
	limited := &io.LimitedReader{R: r, N: MaxCarry + 1}
	lines := bufio.NewReader(limited)
	c, sum := &Carry{}, sha256.New()
	for first := true; ; first = false {
		text, err := lines.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("read carry: %w", err)
		}
		var l carryLine
		if limited.N == 0 || err == io.EOF || json.Unmarshal(text, &l) != nil || first != (l.Head != nil) {
			return nil, malformed("carry")
		}
		if l.Sig != nil {
			c.sum, c.sig = carrySigned(sum), l.Sig
			return c, c.Check()
		}
		sum.Write(text) // never fails
		if err := c.take(l); err != nil {
			return nil, err
		}
	}
}

func (c *Carry) take(l carryLine) error {
	switch {
	case l.Head != nil:
		c.CarryHead = *l.Head
		return nil
	case l.Records != nil && l.Records.Log == c.Log:
		c.Messages = append(c.Messages, l.Records)
		return l.Records.Check()
	case l.Counters != nil && l.Counters.Log == c.Log:
		c.Messages = append(c.Messages, l.Counters)
		return l.Counters.Check()
	}
	return malformed("carry")
}

// Check reports whether the head has the form of one.
func (c *CarryHead) Check() error {
	if c.V != 1 || !c.Tenant.Valid() || !c.Station.Valid() || c.Incarnation == 0 || c.Log == (pass.LogID{}) || len(c.Boots) > 16 {
		return malformed("carry")
	}
	return nil
}
