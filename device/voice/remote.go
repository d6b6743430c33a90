package voice

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"
)

// request and answer are one line of JSON each; the sound follows the answer.
type request struct {
	Lang string `json:"lang"`
	Text string `json:"text"`
}

type answer struct {
	Kind  string `json:"kind,omitempty"` // of the failure
	Words []Word `json:"words,omitempty"`
	Size  int    `json:"size"`
}

// kinds are the failures that travel.
var kinds = map[string]error{"language": ErrLanguage, "text": ErrText, "silent": ErrSilent}

const maxLine = 64 << 10

// Serve speaks for whoever connects to ln until ctx is done, one sentence a
// connection. It closes ln.
func Serve(ctx context.Context, ln net.Listener, v Voice, log *slog.Logger) error {
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	slots := make(chan struct{}, 4)
	for {
		conn, err := ln.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("serve voice: %w", err)
		}
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			if err := serve(ctx, conn, v); err != nil {
				log.Debug("voice not heard", "err", err)
			}
		}()
	}
}

func serve(ctx context.Context, conn net.Conn, v Voice) error {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * speaking))
	line, err := bufio.NewReader(io.LimitReader(conn, maxLine)).ReadBytes('\n')
	if err != nil {
		return err
	}
	var req request
	if err := json.Unmarshal(line, &req); err != nil {
		return errors.New("not a request")
	}
	sound, err := v.Speak(ctx, req.Lang, req.Text)
	head, err := json.Marshal(answer{Kind: kindOf(err), Words: sound.Words, Size: len(sound.WAV)})
	if err != nil {
		return err
	}
	_, err = conn.Write(append(append(head, '\n'), sound.WAV...))
	return err
}

func kindOf(err error) string {
	for kind, is := range kinds {
		if errors.Is(err, is) {
			return kind
		}
	}
	if err != nil {
		return "silent"
	}
	return ""
}

// Remote speaks with the voice that another program serves on a unix socket.
type Remote struct{ Socket string }

// Speak implements [Voice].
func (r Remote) Speak(ctx context.Context, lang, text string) (Sound, error) {
	if err := check(text); err != nil {
		return Sound{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, speaking)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", r.Socket)
	if err != nil {
		return Sound{}, fmt.Errorf("%w: %w", ErrSilent, err)
	}
	defer conn.Close()
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	}
	sound, err := hear(conn, request{lang, text})
	if err != nil {
		return Sound{}, fmt.Errorf("ask for a voice: %w", err)
	}
	return sound, nil
}

func hear(conn net.Conn, req request) (Sound, error) {
	if err := json.NewEncoder(conn).Encode(req); err != nil {
		return Sound{}, err
	}
	in := bufio.NewReaderSize(conn, maxLine)
	line, err := in.ReadSlice('\n')
	if err != nil {
		return Sound{}, err
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil || a.Size < 0 || a.Size > maxSound {
		return Sound{}, ErrSilent
	}
	if a.Kind != "" {
		if is, ok := kinds[a.Kind]; ok {
			return Sound{}, is
		}
		return Sound{}, ErrSilent
	}
	sound := Sound{WAV: make([]byte, a.Size), Words: a.Words}
	_, err = io.ReadFull(in, sound.WAV)
	return sound, err
}
