package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// Kernel is what the kernel's own lines, and the first program's, are said to be
// from.
const Kernel = "kernel"

// firstProgram begins what the first program and its guardian write to the
// kernel's log.
const firstProgram = "mallette: "

// ParseKernel reads a record of /dev/kmsg. It reports false for what is not
// kept: whatever is neither a warning nor the first program's.
func ParseKernel(record string) (wire.JournalLine, bool) {
	head, text, ok := strings.Cut(record, ";")
	text, _, _ = strings.Cut(text, "\n") // the rest is for machines
	fields := strings.Split(head, ",")
	if !ok || len(fields) < 3 {
		return wire.JournalLine{}, false
	}
	priority, err := strconv.Atoi(fields[0])
	micros, err2 := strconv.ParseInt(fields[2], 10, 64)
	said := strings.HasPrefix(text, firstProgram)
	if err != nil || err2 != nil || priority&7 > 4 && !said {
		return wire.JournalLine{}, false
	}
	l := wire.JournalLine{Program: Kernel, Up: float64(micros) / 1e6, Level: kernelLevel(priority & 7), Message: strings.TrimPrefix(text, firstProgram)}
	return tidy(l), true
}

func kernelLevel(priority int) string {
	switch {
	case priority <= 3:
		return levelError
	case priority == 4:
		return levelWarn
	}
	return levelInfo
}

// followKernel gives what the kernel says and said, until ctx is done.
func followKernel(ctx context.Context, path string, each func(wire.JournalLine)) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read kernel's log: %w", err)
	}
	defer f.Close()
	stop := context.AfterFunc(ctx, func() { f.Close() })
	defer stop()
	b := make([]byte, 8<<10) // a record is never longer
	broken := 0
	for {
		n, err := f.Read(b)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			// What was not read in time was overwritten: the next read goes on after it.
			if broken++; broken > 100 || errors.Is(err, io.EOF) {
				return fmt.Errorf("read kernel's log: %w", err)
			}
			continue
		}
		broken = 0
		if l, ok := ParseKernel(string(b[:n])); ok {
			each(l)
		}
	}
}
