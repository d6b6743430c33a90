package main

import (
	"context"
	"time"
)

// every looks at something again and again until looking fails or ctx is done.
func every(ctx context.Context, interval time.Duration, look func() error) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if err := look(); err != nil {
				return err
			}
		}
	}
}
