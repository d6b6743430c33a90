// Package flash writes an image of Mallette to sticks, cards and disks, checks
// what it wrote, and wipes what is given away.
//
//	disks, _ := flash.System().List()        // what is plugged in, what is on it, what uses it
//	why := disks[0].Refusal(image.Size)      // nil, or why it must not be written
//	device, _ := flash.Open(disks[0])        // nobody else may use it from here on
//	errs := flash.Write(ctx, image, []*flash.Stick{{Target: device}})
//
// A disk that is being written has no partition table: it is taken away first
// and comes back last, once everything else was read back and found right. So
// a stick that was pulled, or a desk that lost its power, leaves something that
// no machine starts from, that [Unfinished] recognises, and that is simply
// written again.
//
// The package never writes to a disk that anything uses, never mounts what it
// finds, asks nobody anything, and says why it stopped by a [Kind]: the
// sentences are the business of whoever talks to people.
package flash

import (
	"errors"
	"fmt"
)

// Kind is why a disk was refused or a writing stopped: a closed list.
type Kind string

// The kinds. The first group speaks of a disk before anything was written to it.
const (
	KindSystem   Kind = "system"    // the computer runs from it
	KindInUse    Kind = "in_use"    // mounted, swap, part of a volume, or opened by somebody
	KindInternal Kind = "internal"  // a disk of the machine, where sticks and cards were meant
	KindSmall    Kind = "small"     // the image is larger
	KindSectors  Kind = "sectors"   // it counts in sectors of another size than an image does (4 KiB)
	KindReadOnly Kind = "read_only" // its switch, or it ended its life that way
	KindRights   Kind = "rights"    // the program may not open disks
	KindMissing  Kind = "missing"   // no such disk
	KindSwapped  Kind = "swapped"   // another disk has its name now

	KindSums    Kind = "sums"    // nothing says what the image should be
	KindDamaged Kind = "damaged" // the image is not what was published
	KindForeign Kind = "foreign" // not an image of Mallette, or one that lacks a system

	KindPulled  Kind = "pulled"  // the disk went away
	KindMedium  Kind = "medium"  // the disk reports errors
	KindDiffers Kind = "differs" // the disk gives back something else than was written
	KindStuck   Kind = "stuck"   // the disk stopped answering
	KindFailed  Kind = "failed"  // anything else
)

// Error is a failure with its kind. Err may be nil.
type Error struct {
	Kind Kind
	Err  error
}

// Error implements error. People read a sentence chosen by Kind.
func (e *Error) Error() string {
	if e.Err == nil {
		return "flash: " + string(e.Kind)
	}
	return fmt.Sprintf("flash: %s: %v", e.Kind, e.Err)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error of this package, [KindFailed] for any
// other.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindFailed
}

// Erased reports whether the failure leaves a disk that was begun: it can be
// used for nothing until it is written again.
func (k Kind) Erased() bool {
	switch k {
	case KindPulled, KindMedium, KindDiffers, KindStuck, KindFailed, KindDamaged, KindForeign:
		return true
	}
	return false
}

func fail(k Kind, err error) error { return &Error{k, err} }
