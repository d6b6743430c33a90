package clock

import "time"

// WithSource takes boot id, monotonic and host time from s instead of the kernel.
func WithSource(s Source) Option { return func(c *Clock) { c.source = s } }

// WithBuilt replaces the build time, below which no time is believed.
func WithBuilt(t time.Time) Option { return func(c *Clock) { c.built = t } }
