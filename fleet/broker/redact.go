package broker

import (
	"context"
	"log/slog"
)

// redacted is a log handler that lets through the library's messages with the
// attributes that cannot hold a packet.
type redacted struct{ next slog.Handler }

// Enabled implements slog.Handler.
func (r redacted) Enabled(ctx context.Context, level slog.Level) bool {
	return r.next.Enabled(ctx, lower(level))
}

// Handle implements slog.Handler.
func (r redacted) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, lower(record.Level), record.Message, record.PC)
	record.Attrs(func(a slog.Attr) bool {
		if harmless(a.Key) {
			clean.AddAttrs(a)
		}
		return true
	})
	return r.next.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (r redacted) WithAttrs(attrs []slog.Attr) slog.Handler {
	var kept []slog.Attr
	for _, a := range attrs {
		if harmless(a.Key) {
			kept = append(kept, a)
		}
	}
	return redacted{r.next.WithAttrs(kept)}
}

// WithGroup implements slog.Handler.
func (r redacted) WithGroup(name string) slog.Handler { return redacted{r.next.WithGroup(name)} }

func harmless(key string) bool {
	switch key {
	case "error", "client", "listener", "hook":
		return true
	}
	return false
}

// lower makes the library's information our debugging: it tells of every
// start, and of every connection that a bad network ends.
func lower(level slog.Level) slog.Level {
	if level <= slog.LevelWarn {
		return slog.LevelDebug
	}
	return level
}
