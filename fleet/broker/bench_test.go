package broker_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// The figures of the fleet's door, beside Mosquitto with an ordinary
// subscriber (paho, acknowledging after the commit) and the same store. Run
//
//	go test -run '^$' -bench . -benchtime 1x ./fleet/broker
//
// Each prints lines "name value unit beside ratio". CPU is that of the whole
// processes under measure, without the load's.

// say prints one figure; beside is the other system's.
func say(name string, value float64, unit string, beside float64) {
	ratio := "-"
	if beside != 0 {
		ratio = fmt.Sprintf("%.2f", value/beside)
	}
	fmt.Printf("%s %.4g %s %.4g %s\n", name, value, unit, beside, ratio)
}

const (
	busy     = 500 // stations that publish
	inFlight = 20
)

// unlimited is the only way in which Mosquitto loses nothing here.
var unlimited = []string{"max_inflight_messages 0", "max_queued_messages 0"}

type ingest struct {
	rate float64 // messages a second
	cpu  float64 // microseconds a message
}

func BenchmarkCommittedIngest(b *testing.B) {
	const each = 60
	c := newCrowd(b, busy)
	for b.Loop() {
		ours := c.measure(b, each, start(b, part{Authority: c.authority, Store: filepath.Join(b.TempDir(), "s")}))
		m := startMosquitto(b, c.authority, unlimited...)
		consumer := start(b, part{Store: filepath.Join(b.TempDir(), "s"), Upstream: m.address, Client: c.reader(b)})
		theirs := c.measure(b, each, consumer, m)
		say("ingest_committed", ours.rate, "messages/s", theirs.rate)
		say("ingest_committed_cpu", ours.cpu, "us/message", theirs.cpu)
	}
}

// measure floods the first process; the others take part in the work.
func (c crowd) measure(b *testing.B, each int, p process, others ...process) ingest {
	all := append([]process{p}, others...)
	sessions := c.connect(b, p.address)
	packets := make([][][]byte, len(sessions))
	for i, s := range sessions {
		packets[i] = s.packets(each)
	}
	before, began := cpuOf(all), time.Now()
	done := make(chan int, len(sessions))
	for i, s := range sessions {
		go func() { done <- publishAll(s, packets[i], inFlight); s.Close() }()
	}
	acked := 0
	for range sessions {
		acked += <-done
	}
	until(b, "everything is committed", func() bool { return p.stored() >= acked })
	took, used := time.Since(began), cpuOf(all)-before
	if acked != each*len(sessions) {
		b.Fatalf("acknowledged %d of %d", acked, each*len(sessions))
	}
	return ingest{float64(acked) / took.Seconds(), float64(used.Microseconds()) / float64(acked)}
}

func cpuOf(all []process) (sum time.Duration) {
	for _, p := range all {
		sum += p.cpu()
	}
	return sum
}

// BenchmarkAcknowledgedAndLost pauses the disk for ten seconds under load.
func BenchmarkAcknowledgedAndLost(b *testing.B) {
	const each = 60
	c := newCrowd(b, busy)
	for b.Loop() {
		ours := c.lost(b, each, start(b, part{Authority: c.authority, Store: filepath.Join(b.TempDir(), "s")}))
		m := startMosquitto(b, c.authority)
		theirs := c.lost(b, each, start(b, part{Store: filepath.Join(b.TempDir(), "s"), Upstream: m.address, Client: c.reader(b)}))
		say("acknowledged_and_lost", float64(ours), "messages", float64(theirs))
		if ours != 0 {
			b.Errorf("lost %d acknowledged messages; want 0", ours)
		}
	}
}

func (c crowd) lost(b *testing.B, each int, p process) int {
	p.ask("/pause?for=10s")
	acked := c.flood(b, p.address, each, inFlight)
	stored := p.stored()
	settled := time.Now()
	until(b, "nothing more comes", func() bool {
		if n := p.stored(); n != stored {
			stored, settled = n, time.Now()
		}
		return stored >= acked || time.Since(settled) > 15*time.Second
	})
	return max(acked-stored, 0)
}

func BenchmarkHandshake(b *testing.B) {
	const rounds = 4
	c := newCrowd(b, busy)
	for b.Loop() {
		ours := c.handshakes(b, rounds, start(b, part{Authority: c.authority, Store: filepath.Join(b.TempDir(), "s")}))
		theirs := c.handshakes(b, rounds, startMosquitto(b, c.authority))
		say("mtls_handshake_cpu", ours, "us", theirs)
	}
}

func (c crowd) handshakes(b *testing.B, rounds int, p process) float64 {
	before := p.cpu()
	for range rounds {
		for _, s := range c.connect(b, p.address) {
			s.Close()
		}
	}
	return float64((p.cpu() - before).Microseconds()) / float64(rounds*len(c.stations))
}

func BenchmarkIdleStations(b *testing.B) {
	c := newCrowd(b, 5000)
	for b.Loop() {
		ours := c.idle(b, start(b, part{Authority: c.authority, Store: filepath.Join(b.TempDir(), "s")}))
		theirs := c.idle(b, startMosquitto(b, c.authority))
		say("idle_station_memory", ours, "KiB", theirs)
	}
}

func (c crowd) idle(b *testing.B, p process) float64 {
	before := p.resident()
	sessions := c.connect(b, p.address)
	last := 0
	until(b, "memory settles", func() bool {
		now := p.resident()
		settled := now == last
		last = now
		time.Sleep(time.Second)
		return settled
	})
	for _, s := range sessions {
		s.Close()
	}
	runtime.GC()
	return float64(last-before) / float64(len(sessions))
}
