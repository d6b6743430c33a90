package reader

import (
	"context"
	"io"
)

// CloseWith closes c when ctx is done, which ends a read that waits, or when
// release is called. After release, c is closed.
func CloseWith(ctx context.Context, c io.Closer) (release func()) {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		c.Close()
	})
	return func() {
		if stop() {
			c.Close()
			return
		}
		<-closed
	}
}
