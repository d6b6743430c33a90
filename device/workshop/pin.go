package workshop

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/mallette-kit/mallette/fleet/pass"
)

const (
	maxPIN  = 64 // bytes looked at
	maxPINs = 8  // of a structure; each costs a small machine half a second
)

// ByPIN opens mediator mode with a PIN. It fails with [ErrWait], [ErrPIN] or
// [ErrNoPIN]. A try is noted on the disk before it is checked, so that pulling
// the plug gives none back.
func (d *Door) ByPIN(pin string) error {
	hashes := d.keys().hashes()
	if len(hashes) == 0 {
		return ErrNoPIN
	}
	done, err := d.tries.begin(time.Now())
	if err != nil {
		return fmt.Errorf("try PIN: %w", err)
	}
	if !anyMatch(hashes, strings.TrimSpace(pin)) {
		done(false)
		return ErrPIN
	}
	done(true)
	d.open(Grant{})
	return nil
}

// hashes are the PINs of the structure, and those of every structure.
func (k Keys) hashes() []pass.PHC {
	var list []pass.PHC
	for _, pin := range k.Cards.PINs {
		if (pin.Structure != 0 && pin.Structure != k.Structure) || len(list) == maxPINs {
			continue
		}
		if hash, err := pass.ParsePHC(pin.Hash); err == nil {
			list = append(list, hash)
		}
	}
	return list
}

// anyMatch tries all hashes whatever the first says, so that time tells
// nothing.
func anyMatch(hashes []pass.PHC, pin string) bool {
	if len(pin) > maxPIN {
		pin = pin[:maxPIN]
	}
	found := 0
	for _, h := range hashes {
		sum := argon2.IDKey([]byte(pin), h.Salt, h.Time, h.Memory, h.Threads, uint32(len(h.Sum)))
		found |= subtle.ConstantTimeCompare(sum, h.Sum)
	}
	return found == 1
}
