package scan_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/scan"
)

// serve runs an Offer on a socket and returns what ends it.
func serve(t *testing.T, socket string, o *scan.Offer) (stop func()) {
	t.Helper()
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- o.Run(ctx, ln) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v; want nil", err)
		}
	}
}

// listen runs a Listener; its readings and its comings and goings are sent on
// the channels.
func listen(t *testing.T, socket string) (<-chan scan.Reading, <-chan bool, func()) {
	t.Helper()
	readings, state := make(chan scan.Reading, 32), make(chan bool, 32)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	l := scan.Listener{Socket: socket, Connected: func(c bool) { state <- c }}
	go func() { done <- l.Run(ctx, func(r scan.Reading) { readings <- r }) }()
	return readings, state, func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Listener.Run = %v; want nil", err)
		}
	}
}

func reading(code string) scan.Reading {
	return scan.Reading{Code: code, Source: scan.Camera, At: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
}

func TestReadingReachesEveryListener(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "reader.sock")
	offer := new(scan.Offer)
	defer serve(t, socket, offer)()
	var each []<-chan scan.Reading
	for range 3 {
		readings, state, stop := listen(t, socket)
		defer stop()
		<-state
		each = append(each, readings)
	}
	offer.Publish(reading("0001"))
	for len(each) > 0 {
		if got := <-each[0]; got != reading("0001") {
			t.Errorf("listener got %v; want the published one", got)
		}
		each = each[1:]
	}
}

func TestReadingIsHeldForAListenerThatRestarts(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "reader.sock")
	offer := new(scan.Offer)
	defer serve(t, socket, offer)()
	offer.Publish(reading("1"))
	offer.Publish(reading("2"))
	readings, _, stop := listen(t, socket)
	defer stop()
	for _, want := range []string{"1", "2"} {
		if got := (<-readings).Code; got != want {
			t.Errorf("held reading = %s; want %s", got, want)
		}
	}
}

func TestListenerComesBackAfterThePassreader(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "reader.sock")
	readings, state, stop := listen(t, socket)
	defer stop()
	for _, code := range []string{"before", "after"} {
		offer := new(scan.Offer)
		end := serve(t, socket, offer)
		if up := <-state; !up {
			t.Fatal("Connected(false) before the passreader came; want true")
		}
		offer.Publish(reading(code))
		if got := (<-readings).Code; got != code {
			t.Errorf("reading = %s; want %s", got, code)
		}
		end()
		if up := <-state; up {
			t.Error("Connected(true) when the passreader went; want false")
		}
	}
}

func TestListenersAreToldWhichDevicesAreOpen(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "reader.sock")
	offer := new(scan.Offer)
	end := serve(t, socket, offer)
	scanner := offer.Opened("scanner 0c2e:0b61")
	told := make(chan []string, 32)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	l := scan.Listener{Socket: socket, Readers: func(names []string) { told <- names }}
	go func() { done <- l.Run(ctx, func(scan.Reading) {}) }()
	await := func(want ...string) {
		t.Helper()
		for got := range told {
			if slices.Equal(got, want) {
				return
			}
		}
	}
	await("scanner 0c2e:0b61")
	camera := offer.Opened("camera video0")
	await("camera video0", "scanner 0c2e:0b61")
	twin := offer.Opened("camera video0")
	camera()
	scanner()
	await("camera video0")
	twin()
	await()
	offer.Opened("camera video0")
	await("camera video0")
	end() // the passreader goes
	await()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Listener.Run = %v; want nil", err)
	}
}

func TestListenerThatNeverReadsStopsNobody(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "reader.sock")
	offer := new(scan.Offer)
	defer serve(t, socket, offer)()
	stuck, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	readings, state, stop := listen(t, socket)
	defer stop()
	<-state
	long := strings.Repeat("7", 8<<10)
	for n := range 200 {
		offer.Publish(reading(fmt.Sprint(n, long)))
		<-readings
	}
}

func TestReadingPrintsNoCode(t *testing.T) {
	r := reading("secret")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		if got := fmt.Sprintf(verb, r); strings.Contains(got, "secret") {
			t.Errorf("Sprintf(%q) = %s; want no code", verb, got)
		}
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("read", "reading", r)
	if strings.Contains(log.String(), "secret") {
		t.Errorf("log = %s; want no code", log.String())
	}
}
