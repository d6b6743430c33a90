// Package wpa drives wpa_supplicant over its control sockets: it adds an
// interface, lists what is heard, joins, and hears what happens.
//
// The program runs with no configuration file: which places exist is told to it
// on the socket, so that a secret is in its memory and in no file of its own.
// Everything it answers was said on the radio by strangers; the parsers here are
// fuzzed and believe nothing. The package never keeps, logs or returns a
// secret, and starts no process.
package wpa

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ErrFailed says that wpa_supplicant did not do what it was asked.
var ErrFailed = errors.New("wpa_supplicant refused")

// answerTime is far longer than a command takes; scans answer by an event.
const answerTime = 5 * time.Second

// maxAnswer is wpa_supplicant's own limit for one answer.
const maxAnswer = 4096

// Socket is one connection to a control socket. It is safe for concurrent use.
type Socket struct {
	conn *net.UnixConn
	mu   sync.Mutex // one question at a time
	owed int        // questions without their answer yet
}

// numbered makes the names of this process's ends of sockets differ.
type numbered struct{ n atomic.Uint64 }

// Dialer opens sockets. The zero value is ready.
type Dialer struct{ ends numbered }

// Dial opens the control socket at path. The end on this side has a name in
// memory only, and vanishes with the program.
func (d *Dialer) Dial(path string) (*Socket, error) {
	own := fmt.Sprintf("@mallette-wpa-%d-%d", os.Getpid(), d.ends.n.Add(1))
	conn, err := net.DialUnix("unixgram", &net.UnixAddr{Name: own, Net: "unixgram"}, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("open wifi control: %w", err)
	}
	return &Socket{conn: conn}, nil
}

// Close ends the connection.
func (s *Socket) Close() error { return s.conn.Close() }

// ask sends a command and returns its answer. Errors never hold the command:
// it may carry a secret.
func (s *Socket) ask(ctx context.Context, command string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	until := time.Now().Add(answerTime)
	if d, ok := ctx.Deadline(); ok && d.Before(until) {
		until = d
	}
	if err := s.conn.SetDeadline(until); err != nil {
		return "", fmt.Errorf("ask wifi: %w", err)
	}
	if _, err := s.conn.Write([]byte(command)); err != nil {
		return "", fmt.Errorf("ask wifi: %w", err)
	}
	s.owed++
	return s.reply()
}

// reply reads the answer to the last question. Answers come in the order of
// questions, those that were given up included; events that come in between are
// for another socket.
func (s *Socket) reply() (string, error) {
	buf := make([]byte, maxAnswer)
	for {
		n, err := s.conn.Read(buf)
		if err != nil {
			return "", fmt.Errorf("ask wifi: %w", err)
		}
		text := string(buf[:n])
		if strings.HasPrefix(text, "<") {
			continue
		}
		if s.owed--; s.owed == 0 {
			return text, nil
		}
	}
}

// do sends a command that answers OK.
func (s *Socket) do(ctx context.Context, command string) error {
	answer, err := s.ask(ctx, command)
	if err != nil {
		return err
	}
	if strings.TrimSpace(answer) != "OK" {
		return ErrFailed
	}
	return nil
}

// Ping asks whether the program is there.
func (s *Socket) Ping(ctx context.Context) error {
	answer, err := s.ask(ctx, "PING")
	if err != nil {
		return err
	}
	if strings.TrimSpace(answer) != "PONG" {
		return ErrFailed
	}
	return nil
}

// AddInterface makes the program drive an interface, over its global socket. It
// opens that interface's own socket in dir. One that it has already is no error.
func (s *Socket) AddInterface(ctx context.Context, name, driver, dir string) error {
	have, err := s.ask(ctx, "INTERFACES")
	if err != nil {
		return err
	}
	for line := range strings.Lines(have) {
		if strings.TrimSpace(line) == name {
			return nil
		}
	}
	return s.do(ctx, strings.Join([]string{"INTERFACE_ADD " + name, "", driver, dir}, "\t"))
}

// RemoveInterface makes the program leave an interface alone.
func (s *Socket) RemoveInterface(ctx context.Context, name string) error {
	return s.do(ctx, "INTERFACE_REMOVE "+name)
}

// SetCountry tells the radio which country's rules apply: two capital letters.
func (s *Socket) SetCountry(ctx context.Context, code string) error {
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		return fmt.Errorf("set country: %w", ErrFailed)
	}
	return s.do(ctx, "SET country "+code)
}
