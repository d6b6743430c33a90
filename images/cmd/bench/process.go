package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/images/stage"
)

// userHZ is the unit of processor time in /proc, the same on every Linux.
const userHZ = 100

// cpu is the processor time that a program has used.
func cpu(p *stage.Program) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	if err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name may hold blanks
	words := strings.Fields(rest)
	if len(words) < 13 {
		return 0, fmt.Errorf("read processor time: %d fields", len(words))
	}
	user, err1 := strconv.Atoi(words[11])
	system, err2 := strconv.Atoi(words[12])
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("read processor time: %q, %q", words[11], words[12])
	}
	return time.Duration(user+system) * time.Second / userHZ, nil
}

// resident is the memory that a program holds, in bytes.
func resident(p *stage.Program) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(rest + " -")[0])
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	return float64(kib) * 1024, nil
}
