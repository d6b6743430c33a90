package people

import (
	"crypto/rand"
	"crypto/subtle"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/mallette-kit/mallette/fleet/pass"
)

// The cost of a password: 19 MiB and two passes, the smaller of the settings
// that OWASP recommends, so that a few people can sign in at once on a small
// server.
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	lanes   = 1
	keySize = 32
)

// minLength is the fewest characters of a chosen password (CNIL 2022: twelve
// when sign-in is also slowed down).
const minLength = 12

const maxLength = 256

// hashPassword returns the argon2id PHC string of a password.
func hashPassword(password string) string {
	p := pass.PHC{Memory: memory, Time: passes, Threads: lanes, Salt: make([]byte, 16)}
	rand.Read(p.Salt)
	p.Sum = argon2.IDKey([]byte(password), p.Salt, passes, memory, lanes, keySize)
	return p.String()
}

// verifyPassword reports whether password made hash. A hash it cannot read,
// or one of a cost out of bounds, is never matched.
func verifyPassword(hash, password string) bool {
	p, err := pass.ParsePHC(hash)
	if err != nil || len(password) > maxLength {
		return false
	}
	sum := argon2.IDKey([]byte(password), p.Salt, p.Time, p.Memory, p.Threads, uint32(len(p.Sum)))
	return subtle.ConstantTimeCompare(sum, p.Sum) == 1
}

// oneTime returns a random password of 80 bits in groups that can be dictated.
func oneTime() string {
	text := strings.ToLower(rand.Text())[:16]
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

func strong(login, password string) error {
	n := utf8.RuneCountInString(password)
	if n < minLength || len(password) > maxLength || strings.EqualFold(password, login) {
		return ErrWeak
	}
	return nil
}
