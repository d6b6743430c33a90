package pass

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// PHC is an argon2id hash with its parameters, of a PIN or a password. This
// package computes none; it only keeps a document from asking a small machine
// for too much memory.
type PHC struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
	Salt    []byte
	Sum     []byte
}

const (
	maxPHC     = 256
	maxMemory  = 64 << 10 // KiB
	maxPasses  = 16
	maxThreads = 8
)

// ParsePHC reads "$argon2id$v=19$m=…,t=…,p=…$salt$sum". It fails with
// [ErrMalformed], also on parameters a Raspberry Pi could not bear.
func ParsePHC(text string) (PHC, error) {
	parts := strings.Split(text, "$")
	if len(text) > maxPHC || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return PHC{}, malformed("PIN hash")
	}
	var p PHC
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); err != nil {
		return PHC{}, malformed("PIN hash parameters")
	}
	var errSalt, errSum error
	p.Salt, errSalt = base64.RawStdEncoding.DecodeString(parts[4])
	p.Sum, errSum = base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errSum != nil || !p.bearable() || p.String() != text {
		return PHC{}, malformed("PIN hash parameters")
	}
	return p, nil
}

// String returns the PHC form.
func (p PHC) String() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Time, p.Threads, b64(p.Salt), b64(p.Sum))
}

func (p PHC) bearable() bool {
	return p.Memory >= 8 && p.Memory <= maxMemory && p.Time >= 1 && p.Time <= maxPasses &&
		p.Threads >= 1 && p.Threads <= maxThreads && len(p.Salt) >= 8 && len(p.Sum) >= 16
}
