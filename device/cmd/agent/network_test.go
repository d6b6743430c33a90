package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mallette-kit/mallette/device/network"
)

func TestFollowNetwork(t *testing.T) {
	run := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		hurried := 0
		a := &agent{flags: flags{Run: run}}
		go a.followNetwork(ctx, func() { hurried++ })
		for i, step := range []struct {
			name  string
			state *network.State
			want  int
		}{
			{"no network program", nil, 0},
			{"no cable", &network.State{Reason: network.NoCable}, 0},
			{"plugged in", &network.State{Online: true, Changed: time.Minute}, 1},
			{"nothing new", &network.State{Online: true, Changed: time.Minute}, 1},
			{"gone and back between two looks", &network.State{Online: true, Changed: 2 * time.Minute}, 2},
			{"gone", &network.State{Reason: network.NoAddress, Changed: 3 * time.Minute}, 2},
		} {
			if step.state != nil {
				if err := network.Write(run, *step.state); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(2 * networkPoll)
			synctest.Wait()
			if hurried != step.want {
				t.Errorf("step %d, %s: hurried %d times; want %d", i, step.name, hurried, step.want)
			}
		}
	})
}
