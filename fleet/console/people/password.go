package people

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
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

var b64 = base64.RawStdEncoding

// hashPassword returns the argon2id PHC string of a password.
func hashPassword(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, passes, memory, lanes, keySize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// verifyPassword reports whether password made hash. A hash it cannot read,
// or one of a cost out of bounds, is never matched.
func verifyPassword(hash, password string) bool {
	h, ok := parse(hash)
	if !ok || len(password) > maxLength {
		return false
	}
	key := argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

func parse(hash string) (h phc, ok bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.lanes); err != nil {
		return h, false
	}
	if h.memory > 1<<20 || h.passes == 0 || h.passes > 16 || h.lanes == 0 {
		return h, false
	}
	var err1, err2 error
	h.salt, err1 = b64.DecodeString(parts[4])
	h.key, err2 = b64.DecodeString(parts[5])
	return h, err1 == nil && err2 == nil && len(h.key) >= 16 && len(h.key) <= 64
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
