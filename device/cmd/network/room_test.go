package main

import (
	"context"
	"encoding/binary"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mallette-kit/mallette/hardware/reader/watch"
)

// serveRoom is what a room's network has: a page on port 80, the fleet, a time
// server. Files in dir say how they behave.
func serveRoom(dir string) {
	said := func(name string) string {
		text, _ := os.ReadFile(filepath.Join(dir, name))
		return string(text)
	}
	go serveFleet(dir, func() bool { return said("fleet") == "yes" })
	go serveClock(func() string { return said("clock") })
	log.Fatal(http.ListenAndServe(":80", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if said("portal") == "yes" {
			http.Redirect(w, r, "http://portail.test/bienvenue", http.StatusFound)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})))
}

// serveFleet listens only while the fleet is up, and leaves word of which.
func serveFleet(dir string, up func() bool) {
	var ln net.Listener
	watch.Dir(context.Background(), dir, watch.Files, time.Minute, func() {
		switch open := up(); {
		case open && ln == nil:
			ln = listenFleet()
			leave(dir, "yes")
		case !open && ln != nil:
			ln.Close()
			ln = nil
			leave(dir, "no")
		}
	})
}

func listenFleet() net.Listener {
	ln, err := net.Listen("tcp", ":443")
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	return ln
}

// fleetIs is where the room says whether its fleet can be reached.
const fleetIs = "fleet.is"

func leave(dir, word string) {
	if err := os.WriteFile(filepath.Join(dir, fleetIs), []byte(word), 0o600); err != nil {
		log.Fatal(err)
	}
}

// serveClock is a time server that is wrong by what it is told to be.
func serveClock(wrong func() string) {
	conn, err := net.ListenPacket("udp", ":123")
	if err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 512)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil || n < 48 {
			continue
		}
		d, _ := time.ParseDuration(strings.TrimPrefix(wrong(), "+"))
		if _, err := conn.WriteTo(clockAnswer(buf[:48], time.Now().Add(d)), from); err != nil {
			log.Fatal(err)
		}
	}
}

// clockAnswer is an NTP packet of a server that knows the time.
func clockAnswer(asked []byte, now time.Time) []byte {
	a := make([]byte, 48)
	a[0], a[1], a[2], a[3] = 4<<3|4, 2, asked[2], 0xec
	copy(a[24:32], asked[40:48])
	seconds := uint32(now.Unix() + 2208988800)
	fraction := uint32(uint64(now.Nanosecond()) << 32 / 1e9)
	for _, at := range []int{16, 32, 40} {
		binary.BigEndian.PutUint32(a[at:], seconds)
		binary.BigEndian.PutUint32(a[at+4:], fraction)
	}
	return a
}
