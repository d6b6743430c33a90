package broker

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"github.com/mallette-kit/mallette/fleet/wire"
)

// upgrade answers a WebSocket request and returns the connection as a stream
// of bytes, as MQTT wants it. Frames are binary and their bounds mean nothing.
func upgrade(w http.ResponseWriter, r *http.Request, within time.Duration) (net.Conn, error) {
	u := websocket.Upgrader{
		HandshakeTimeout: within, ReadBufferSize: 512, WriteBufferSize: 512,
		Subprotocols: []string{"mqtt"},
		CheckOrigin:  func(r *http.Request) bool { return r.Header.Get("Origin") == "" }, // no page of a browser
	}
	ws, err := u.Upgrade(w, r, nil)
	if err != nil {
		return nil, fmt.Errorf("upgrade: %w", err)
	}
	ws.SetReadLimit(wire.MaxPayload + 4096)
	return &stream{Conn: ws.NetConn(), ws: ws}, nil
}

// stream reads and writes the bytes inside WebSocket frames; deadlines and
// Close are those of the connection below.
type stream struct {
	net.Conn
	ws    *websocket.Conn
	frame io.Reader
}

// Read implements net.Conn.
func (s *stream) Read(p []byte) (int, error) {
	for {
		if s.frame == nil {
			kind, frame, err := s.ws.NextReader()
			if err != nil {
				return 0, fmt.Errorf("next frame: %w", err)
			}
			if kind != websocket.BinaryMessage {
				return 0, websocket.ErrBadHandshake
			}
			s.frame = frame
		}
		n, err := s.frame.Read(p)
		if err == io.EOF {
			s.frame = nil
			if n == 0 {
				continue
			}
			err = nil
		}
		return n, err
	}
}

// Write implements net.Conn.
func (s *stream) Write(p []byte) (int, error) {
	if err := s.ws.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, fmt.Errorf("write frame: %w", err)
	}
	return len(p), nil
}
