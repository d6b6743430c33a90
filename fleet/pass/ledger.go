package pass

import "crypto/sha256"

// LogID names one ledger file for ever: 64 random bits, 16 hexadecimal digits
// as text. A station that is re-imaged or sets a damaged file aside starts a
// new one, so nothing new is mistaken for a replay.
type LogID [8]byte

// Hash is the SHA-256 of an entry's exact line, the link of the chain.
type Hash [sha256.Size]byte

// Entry is one ledger line as it is stored and as it travels: the exact signed
// text and the signature of the station's ledger key over it.
type Entry struct {
	Line string `json:"line"`
	Sig  []byte `json:"sig"`
}

// Line is what an entry's text says. Sealed holds the [Record], encrypted to
// the fleet (age), so that a thief who reads the disk learns nothing.
type Line struct {
	V       int    `json:"v"` // 1
	Tenant  string `json:"tenant"`
	Station string `json:"station"`
	Log     LogID  `json:"log"`
	Seq     uint64 `json:"seq"`  // 1, 2, 3 … without a gap
	Prev    Hash   `json:"prev"` // of the entry before, zero at Seq 1
	Sealed  []byte `json:"sealed"`
}
