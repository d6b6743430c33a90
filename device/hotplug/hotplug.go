// Package hotplug loads the drivers of the devices that a machine has and of
// those that come later, and hears from the kernel which files of their makers
// they miss.
//
// A station has no udev. Three things together find every driver: one pass over
// the devices that are there ([Coldplug]), the kernel's word of each new one
// ([Listen]), and the kernel's own requests, which [Helper] answers: without
// them sound cards never get their codecs. What is loaded is hardware/kmod's
// business, and so is what never is.
//
// A device names its driver itself, and a device may be hostile: names are
// bounded and handed to the index, which knows what exists. The package unloads
// nothing, makes no device node (the kernel does) and starts no program.
package hotplug

import (
	"context"
	"errors"
	"strings"
)

// Loader loads what drives an alias; hardware/kmod's Modules is one. Load is
// called concurrently. An alias that nothing drives is an error, and common.
type Loader interface {
	Load(ctx context.Context, what string) error
}

// Tally is what a pass came to.
type Tally struct {
	Devices int // that named a driver
	Aliases int // different names among them
	Loaded  int // that the index knows: what drives them, and may be loaded, is
}

// maxAlias is longer than any alias of the kernel.
const maxAlias = 512

// aliasOf finds MODALIAS in the lines, or zero-ended strings, of a uevent.
func aliasOf(fields []string) (alias string, ok bool) {
	for _, f := range fields {
		if rest, is := strings.CutPrefix(f, "MODALIAS="); is {
			return rest, plain(rest)
		}
	}
	return "", false
}

// plain refuses what is no alias: empty, endless, or not printable.
func plain(alias string) bool {
	if alias == "" || len(alias) > maxAlias {
		return false
	}
	for _, b := range []byte(alias) {
		if b <= 0x20 || b >= 0x7f {
			return false
		}
	}
	return true
}

// ErrRequest says that the helper was not called as the kernel calls it.
var ErrRequest = errors.New("not a request of the kernel")

// Helper answers one request of the kernel, which calls the program in
// /proc/sys/kernel/modprobe as "modprobe -q -- NAME".
func Helper(ctx context.Context, args []string, l Loader) error {
	name, ok := Asked(args)
	if !ok {
		return ErrRequest
	}
	return l.Load(ctx, name)
}

// Asked reports whether the arguments are a request of the kernel, and for
// which name or alias.
func Asked(args []string) (name string, ok bool) {
	if len(args) != 3 || args[0] != "-q" || args[1] != "--" || !plain(args[2]) {
		return "", false
	}
	return args[2], true
}
