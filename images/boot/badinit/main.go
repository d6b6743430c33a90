// Command badinit is the init of a root that a bad release might bring: it does
// what the word in /behaviour says. Tests put it into a slot on trial; it is
// never part of an image.
package main

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	word, err := os.ReadFile("/behaviour")
	if err != nil {
		os.Exit(2)
	}
	switch strings.TrimSpace(string(word)) {
	case "hang": // nobody pets the watchdog any more
		time.Sleep(24 * time.Hour)
	case "restless": // the watchdog is content, and nothing ever becomes healthy
		pet()
	}
	os.Exit(1) // the kernel panics when its init ends
}

// pet keeps the watchdog quiet for ever, as gokrazy does whatever the programs do.
func pet() {
	fd, err := unix.Open("/dev/watchdog", unix.O_WRONLY, 0)
	if err != nil {
		os.Exit(2)
	}
	for range time.Tick(time.Second) {
		_, _ = unix.Write(fd, []byte{0})
	}
}
