package main

import (
	"bufio"
	"context"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// growth is how much of what it keeps, in per cent, may be waiting to be thrown
// away. Go's usual 100 is 6 MB more while pages are read, and a tenth less of
// the processor time.
const growth = 35

// startTakes is how long what a start needs is needed.
const startTakes = 2 * time.Second

// forgetEvery is how long a part of the program stays in memory unused.
const forgetEvery = 10 * time.Second

// beFrugal leaves the machine's memory to the browser.
func beFrugal() { debug.SetGCPercent(growth) }

// giveBack returns what was thrown away: after reading words, pages and
// lessons it is twice what stays of them.
func giveBack() { debug.FreeOSMemory() }

// forget gives back the parts of the program that nobody uses, those that only
// a start needs and the films of lessons among them, until ctx is done.
func forget(ctx context.Context) error {
	if !pause(ctx, startTakes) {
		return ctx.Err()
	}
	forgetParts(ownParts())
	return every(ctx, forgetEvery, func() error { forgetParts(ownParts()); return nil })
}

// forgetParts takes milliseconds: the kernel keeps what it can in its cache, and
// brings a part back when it is touched.
func forgetParts(parts []span) {
	for _, part := range parts {
		// One that stays costs memory and nothing else.
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, part.from, part.to-part.from, unix.MADV_DONTNEED)
	}
}

type span struct{ from, to uintptr }

// ownParts are the places in memory where the program's file lies as it is on
// the disk: what nobody writes to can be forgotten without loss.
func ownParts() (parts []span) {
	program, err := os.Executable()
	if err != nil {
		return nil
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil
	}
	defer maps.Close()
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		if part, ok := ownPart(lines.Text(), program); ok {
			parts = append(parts, part)
		}
	}
	return parts
}

// ownPart reads "00400000-00e59000 r-xp 00000000 fe:01 1234   /bin/launcher".
func ownPart(line, program string) (span, bool) {
	f := strings.Fields(line)
	if len(f) != 6 || f[5] != program || f[1] != "r--p" && f[1] != "r-xp" {
		return span{}, false
	}
	first, last, _ := strings.Cut(f[0], "-")
	from, err := strconv.ParseUint(first, 16, 64)
	if err != nil {
		return span{}, false
	}
	to, err := strconv.ParseUint(last, 16, 64)
	return span{uintptr(from), uintptr(to)}, err == nil && from < to
}
