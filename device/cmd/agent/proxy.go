package main

import (
	"net/http"
	"net/url"

	"github.com/mallette-kit/mallette/device/uplink"
	"github.com/mallette-kit/mallette/fleet/wire"
	"github.com/mallette-kit/mallette/provisioning/enroll"
)

// proxy is the web proxy of where the station is, as the fleet knows it: of the
// place of the open day, or else of the usual one. Where the fleet knows none,
// the environment says.
func (a *agent) proxy(q *http.Request) (*url.URL, error) {
	if at := a.proxyOf(a.place()); at != "" {
		return &url.URL{Scheme: "http", Host: at}, nil
	}
	return http.ProxyFromEnvironment(q)
}

func (a *agent) proxyOf(place string) string {
	d, err := a.desired()
	if err != nil || len(d.Places) == 0 {
		return ""
	}
	at := d.Places[0].Proxy
	for _, p := range d.Places {
		if p.ID == place {
			at = p.Proxy
		}
	}
	if !wire.ValidProxy(at) {
		return "" // none, or of a file that was written by hand
	}
	return at
}

// byAnyWay asks the fleet something while there may be no connection to it:
// directly, and when nobody answers by the place's proxy.
func (a *agent) byAnyWay(ask func(enroll.Proxy) error) error {
	err := ask(nil)
	if enroll.KindOf(err) != enroll.KindUnreachable || a.proxyOf(a.place()) == "" {
		return err
	}
	return ask(a.proxy)
}

// likeTheLink is the proxy when the connection to the fleet goes through it:
// that was tried without one first.
func (a *agent) likeTheLink(q *http.Request) (*url.URL, error) {
	if link := a.link.Load(); link != nil && link.Status().Way == uplink.WayProxy {
		return a.proxy(q)
	}
	return http.ProxyFromEnvironment(q)
}
