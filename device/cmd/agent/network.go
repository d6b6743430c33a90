package main

import (
	"context"
	"time"

	"github.com/mallette-kit/mallette/device/network"
)

// networkPoll is how soon a network that came back is used.
const networkPoll = 2 * time.Second

// followNetwork hurries the connection whenever the network program has found
// a way out again. Where that program does not run nothing is hurried, and the
// connection is tried at its own pace.
func (a *agent) followNetwork(ctx context.Context, hurry func()) error {
	var last network.State
	for {
		now, err := network.Read(a.Run)
		if err == nil && now.Online && (!last.Online || now.Changed != last.Changed) {
			hurry()
		}
		last = now
		if !sleep(ctx, networkPoll) {
			return ctx.Err()
		}
	}
}
