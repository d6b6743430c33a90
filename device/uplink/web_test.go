package uplink_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// startWeb serves MQTT over WebSocket at /mqtt, under the fleet's certificate.
func (f *fleet) startWeb() string {
	upgrade := websocket.Upgrader{Subprotocols: []string{"mqtt"}}
	mux := http.NewServeMux()
	mux.HandleFunc("/mqtt", func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrade.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		f.conns.Add(1)
		defer f.conns.Done()
		f.broker.EstablishConnection("tls", &webConn{Conn: c})
	})
	s := httptest.NewUnstartedServer(mux)
	s.Listener = tls.NewListener(s.Listener, withProtocol(f.server, "http/1.1"))
	s.Start()
	f.t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// webConn reads and writes a WebSocket's binary messages as a stream.
type webConn struct {
	*websocket.Conn
	message io.Reader
}

func (c *webConn) Read(b []byte) (int, error) {
	for {
		if c.message == nil {
			_, r, err := c.NextReader()
			if err != nil {
				return 0, io.EOF
			}
			c.message = r
		}
		n, err := c.message.Read(b)
		if err == io.EOF {
			c.message, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (c *webConn) Write(b []byte) (int, error) {
	return len(b), c.WriteMessage(websocket.BinaryMessage, b)
}

func (c *webConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
