package uplink_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/mallette-kit/mallette/device/uplink"
)

// A station that would rest for an hour connects when it is told that the
// network has come back.
func TestHurry(t *testing.T) {
	f := newFleet(t)
	k := newKit(t, f)
	var away atomic.Bool
	away.Store(true)
	gone := make(chan struct{}, 8)
	k.tune = func(c *uplink.Config) {
		c.Timing.Retry, c.Timing.RetryMax = time.Hour, time.Hour
		server := c.Server
		c.Server = func() string {
			if away.Load() {
				return "127.0.0.1:1"
			}
			return server()
		}
		c.Failed = func(error) { gone <- struct{}{} }
	}
	k.startAgent()
	<-gone
	away.Store(false)
	k.up.Hurry()
	f.until("the station is connected", func() bool { return k.up.Status().Online })
	k.stopAgent()
}
