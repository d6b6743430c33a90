package broker_test

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/fleet/broker/brokertest"
	"github.com/mallette-kit/mallette/fleet/pass"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/identity"
)

// process is a server under measure.
type process struct {
	cmd     *exec.Cmd
	address string // where stations connect
	control string // where the test asks; "" for Mosquitto
}

func start(b *testing.B, p part) process {
	b.Helper()
	text, _ := json.Marshal(p)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	child := process{cmd: cmd}
	if _, err := fmt.Fscan(out, &child.address, &child.control); err != nil {
		b.Fatalf("bench child did not start: %v", err)
	}
	return child
}

// startMosquitto runs Debian's Mosquitto with the same certificates.
func startMosquitto(b *testing.B, authority string, settings ...string) process {
	b.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		b.Skip("no mosquitto to compare with")
	}
	address := freeAddress(b)
	_, port, _ := net.SplitHostPort(address)
	online := filepath.Join(authority, "online")
	conf := append([]string{"listener " + port + " 127.0.0.1", "allow_anonymous true", "require_certificate true", "user root",
		"cafile " + filepath.Join(online, "root.pem"), "certfile " + filepath.Join(online, "server.pem"), "keyfile " + filepath.Join(online, "server.pem"),
		"persistence false", "log_type error"}, settings...)
	file := filepath.Join(b.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(file, []byte(strings.Join(conf, "\n")+"\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(path, "-c", file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	until(b, "mosquitto listens", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return process{cmd: cmd, address: address}
}

func freeAddress(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// until asks again and again, for at most two minutes.
func until(b *testing.B, what string, done func() bool) {
	b.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if done() {
			return
		}
	}
	b.Fatalf("%s: not within two minutes", what)
}

func (p process) ask(path string) string {
	r, err := http.Get("http://" + p.control + path)
	if err != nil {
		return ""
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return string(text)
}

func (p process) stored() int { n, _ := strconv.Atoi(p.ask("/stored")); return n }

// cpu is the processor time that a process has used.
func (p process) cpu() time.Duration {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * (time.Second / 100) // USER_HZ is 100 on Linux
}

// resident is the memory that a process holds, in KiB.
func (p process) resident() int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	n, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return n
}

// crowd is an authority and its stations.
type crowd struct {
	authority string
	stations  []*identity.Station
}

func newCrowd(b *testing.B, n int) crowd {
	b.Helper()
	c := crowd{authority: b.TempDir()}
	if err := identity.CreateAuthority(c.authority, "Bench", time.Now()); err != nil {
		b.Fatal(err)
	}
	a, err := identity.OpenAuthority(c.authority)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := a.Server([]string{"127.0.0.1"}, time.Now, slog.New(slog.DiscardHandler)); err != nil {
		b.Fatal(err)
	}
	h := &brokertest.Host{Authority: a, Addr: "127.0.0.1:1"}
	for range n {
		c.stations = append(c.stations, h.NewStation(b))
	}
	return c
}

// reader writes the identity of a subscriber to a directory.
func (c crowd) reader(b *testing.B) string {
	dir := b.TempDir()
	if err := c.stations[0].Save(dir); err != nil {
		b.Fatal(err)
	}
	return dir
}

// dial opens an MQTT session by hand: the load must cost less than the server.
func dial(s *identity.Station, address string) (*tls.Conn, error) {
	conn, err := tls.Dial("tcp", address, brokertest.TLS(s, identity.ProtoMQTT))
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(connectPacket(s)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	answer := make([]byte, 4)
	if _, err := io.ReadFull(conn, answer); err != nil || answer[3] != 0 {
		return nil, errors.Join(err, errors.New("not admitted"), conn.Close())
	}
	return conn, nil
}

// publishPacket is a QoS 1 PUBLISH of one counter of a log.
func publishPacket(s *identity.Station, log pass.LogID, n int) []byte {
	payload, _ := wire.Encode(&wire.Counters{Log: log, Counters: []wire.Counter{{
		Period: "2026-03-12/am", Clock: pass.ClockNTP, Place: "halles", Name: wire.CountQuiz, Lesson: "souris", Item: strconv.Itoa(n), Outcome: "right",
		Value: 1, Rev: uint64(n + 1)}}})
	topic := wire.Up(s.Tenant, s.ID, wire.KindCounters)
	body := binary.BigEndian.AppendUint16(nil, uint16(len(topic)))
	body = append(body, topic...)
	body = binary.BigEndian.AppendUint16(body, uint16(n%65535+1))
	body = append(body, payload...)
	return append(binary.AppendUvarint([]byte{0x32}, uint64(len(body))), body...)
}

// flood publishes each messages of every station, window at a time in flight,
// and returns how many were acknowledged.
func (c crowd) flood(b *testing.B, address string, each, window int) int {
	b.Helper()
	var acked atomic.Int64
	var wg sync.WaitGroup
	for _, conn := range c.connect(b, address) {
		wg.Go(func() {
			defer conn.Close()
			acked.Add(int64(publishAll(conn.Conn, conn.packets(each), window)))
		})
	}
	wg.Wait()
	return int(acked.Load())
}

type session struct {
	*tls.Conn
	station *identity.Station
}

func (s session) packets(n int) (list [][]byte) {
	log := pass.NewLogID()
	for i := range n {
		list = append(list, publishPacket(s.station, log, i))
	}
	return list
}

// connect opens a session for every station, a few at a time.
func (c crowd) connect(b *testing.B, address string) []session {
	b.Helper()
	list := make([]session, len(c.stations))
	var wg sync.WaitGroup
	places := make(chan struct{}, 16)
	for i, s := range c.stations {
		wg.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			conn, err := dial(s, address)
			if err != nil {
				b.Error(err)
			}
			list[i] = session{conn, s}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return list
}

func publishAll(conn net.Conn, packets [][]byte, window int) (acked int) {
	r := bufio.NewReader(conn)
	for next := 0; acked < len(packets); {
		for ; next < len(packets) && next-acked < window; next++ {
			if _, err := conn.Write(packets[next]); err != nil {
				return acked
			}
		}
		answer := make([]byte, 4)
		if _, err := io.ReadFull(r, answer); err != nil || answer[0] != 0x40 {
			return acked
		}
		acked++
	}
	return acked
}
