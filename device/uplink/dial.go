package uplink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// Way is how a connection reaches the server.
type Way string

// The ways, in the order they are tried. Town halls let port 443 out and
// little else, some through a proxy only.
const (
	WayTLS   Way = "tls"   // MQTT over TLS, told apart by ALPN
	WayWeb   Way = "web"   // WebSocket at /mqtt
	WayProxy Way = "proxy" // the same through an HTTP proxy (CONNECT)
)

// alpn is the protocol name of MQTT on the fleet's one TLS port.
const alpn = "mqtt"

// Ways returns those that make sense here in the order they are tried: the one
// that worked last comes first.
func (u *Uplink) Ways() []Way {
	all := []Way{WayTLS, WayWeb}
	if proxy, err := u.cfg.Proxy(u.request()); err == nil && proxy != nil {
		all = append(all, WayProxy)
	}
	ordered := make([]Way, 0, len(all))
	for _, w := range all {
		if w == u.store.state.Way {
			ordered = append([]Way{w}, ordered...)
			continue
		}
		ordered = append(ordered, w)
	}
	return ordered
}

// remember keeps the way that worked, so that a site where only one does is
// not probed at every start.
func (u *Uplink) remember(w Way) {
	if u.store.state.Way == w {
		return
	}
	u.store.state.Way = w
	u.keep()
}

func (u *Uplink) address() *url.URL {
	return &url.URL{Scheme: "wss", Host: u.cfg.Server(), Path: "/mqtt"}
}

func (u *Uplink) request() *http.Request {
	return &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: u.cfg.Server()}}
}

func (u *Uplink) dial(ctx context.Context, way Way) (net.Conn, error) {
	config := u.cfg.TLS().Clone()
	var conn net.Conn
	var err error
	switch way {
	case WayTLS:
		conn, err = dialTLS(ctx, u.cfg.Server(), config)
	case WayWeb:
		conn, err = u.dialWeb(config, func(*http.Request) (*url.URL, error) { return nil, nil })
	default:
		conn, err = u.dialWeb(config, u.cfg.Proxy)
	}
	if err != nil {
		return nil, fmt.Errorf("dial by %s: %w", way, err)
	}
	return newLimitedConn(conn), nil
}

func dialTLS(ctx context.Context, server string, config *tls.Config) (net.Conn, error) {
	config.NextProtos = []string{alpn}
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	if conn.(*tls.Conn).ConnectionState().NegotiatedProtocol != alpn {
		conn.Close()
		return nil, errors.New("server does not speak MQTT on this port")
	}
	return conn, nil
}

func (u *Uplink) dialWeb(config *tls.Config, proxy paho.ProxyFunction) (net.Conn, error) {
	config.NextProtos = []string{"http/1.1"}
	return paho.NewWebsocket(u.address().String(), config, u.cfg.Timing.Connect, nil, &paho.WebsocketOptions{Proxy: proxy})
}

// options describes one connection. Reconnecting is Run's work: each
// connection has its own session number and will.
func (u *Uplink) options(will []byte) *paho.ClientOptions {
	t := u.cfg.Timing
	o := paho.NewClientOptions().AddBroker(u.address().String())
	o.SetClientID(string(u.cfg.Station)).SetCleanSession(true).SetProtocolVersion(4)
	o.SetAutoReconnect(false).SetConnectRetry(false).SetOrderMatters(false)
	o.SetConnectTimeout(t.Connect).SetWriteTimeout(t.Connect)
	o.SetKeepAlive(t.KeepAlive).SetPingTimeout(t.Connect)
	o.SetBinaryWill(u.upTopic(stateKind), will, 1, true)
	return o
}
